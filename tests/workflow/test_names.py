"""A name of the workflow means one thing: nothing is defined twice, and no network is two."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.parser import parse
from snakemake.sourcecache import LocalSourceFile, SourceCache

ROOT = Path(__file__).resolve().parents[2]
SNAKEFILES = [ROOT / "Snakefile", *sorted(ROOT.glob("rules/*.smk"))]


def defined(statements: list[ast.stmt]) -> Iterator[str]:
    """Names that statements of a module define, once per definition; imports do not count.

    A name that an `if` and its `else` both define counts once; `+=` defines nothing.
    """
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.For):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [part for target in targets for part in ast.walk(target)]
            yield from (part.id for part in names if isinstance(part, ast.Name))
        if isinstance(node, ast.If | ast.Try):
            yield from {*defined(node.body), *defined(node.orelse)}
        elif isinstance(node, ast.For | ast.With):
            yield from defined(node.body)


@pytest.fixture
def compiled(tmp_path):
    """Each file of the workflow as the Python that Snakemake makes of it."""
    reader = SimpleNamespace(sourcecache=SourceCache(tmp_path))
    return {
        path.name: parse(LocalSourceFile(str(path)), reader, linemap={})[0] for path in SNAKEFILES
    }


def test_no_global_is_defined_twice(compiled):
    places = defaultdict(list)
    for file, text in compiled.items():
        for name in defined(ast.parse(text).body):
            places[name].append(file)
    assert len(places) > 20
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_a_name_that_is_defined_twice_is_found():
    text = """
X = [hidden for hidden in ()]
def f():
    hidden = 2
for Y in ():
    pass
if X:
    Z = 1
else:
    Z = 2
X, f = 3, 4
X += 1
"""
    assert sorted(defined(ast.parse(text).body)) == ["X", "X", "Y", "Z", "f", "f"]


def test_faces_are_not_embedded_by_a_detector():
    target = "results/demo_debate/embeddings.centerface.safetensors"
    command = [sys.executable, "-m", "snakemake", "--dry-run", target]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert f"No rule to produce {target}" in run.stdout + run.stderr
