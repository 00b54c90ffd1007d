"""What a stage is made of."""

import hashlib
from pathlib import Path

import pytest

from castmap.planning.code import hash_code, stage_code

# An import in each kind of block that a statement may have.
BURIED = """
class C:
    async def f():
        try:
            pass
        except ValueError:
            with open(x):
                import b.in_handler
        else:
            import b.in_else
        finally:
            for _ in x:
                match x:
                    case 1:
                        import b.in_case
                    case _:
                        if x:
                            pass
                        elif y:
                            import b.two
"""


def test_a_stage_is_made_of_the_modules_it_imports_however_indirectly(tmp_path):
    for name, text in {
        "do_it.py": "from a import one\n",
        "do_other.py": "import json\n",
        "a/__init__.py": "",
        "a/one.py": BURIED,
        "a/unused.py": "",
        "b/__init__.py": "",
        "b/in_case.py": "",
        "b/in_else.py": "",
        "b/in_handler.py": "",
        "b/two.py": "import numpy\n",
        "b/page.html": "",
        "b/styles/page.css": "",
        "b/c/__init__.py": "",
        "b/c/other.html": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [path.as_posix() for path in stage_code(tmp_path / "do_it.py")] == [
        "a/__init__.py",
        "a/one.py",
        "b/__init__.py",
        "b/in_case.py",
        "b/in_else.py",
        "b/in_handler.py",
        "b/page.html",
        "b/styles/page.css",
        "b/two.py",
        "do_it.py",
    ]
    assert stage_code(tmp_path / "do_other.py") == [Path("do_other.py")]
    digest = hashlib.sha256(b"import json\n").hexdigest()
    listed = hashlib.sha256(f"{digest}  do_other.py\n".encode()).hexdigest()
    assert hash_code(tmp_path / "do_other.py") == listed
    with pytest.raises(FileNotFoundError, match="do_nothing"):
        stage_code(tmp_path / "do_nothing.py")


def test_the_hash_is_the_same_however_a_stage_and_its_members_are_reached(tmp_path):
    (tmp_path / "code" / "a").mkdir(parents=True)
    for name in ("a/__init__.py", "a/member.py", "do_it.py"):
        (tmp_path / "code" / name).write_text("import json\n")
    (tmp_path / "link").symlink_to("code")
    hashes = {
        hash_code(tmp_path / script / "do_it.py", tmp_path / member / "a" / "member.py")
        for script in ("code", "link")
        for member in ("code", "link")
    }
    assert len(hashes) == 1
