"""Every benchmark can be imported, and says what it takes."""

import importlib
from pathlib import Path

import pytest

BENCHMARKS = sorted(path.stem for path in Path(__file__).parents[2].glob("benchmarks/*.py"))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_explains_itself(name, monkeypatch, capsys):
    module = importlib.import_module(f"benchmarks.{name}")
    monkeypatch.setattr("sys.argv", [f"benchmarks.{name}", "--help"])
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 0
    assert " ".join(module.__doc__.split())[:40] in " ".join(capsys.readouterr().out.split())
