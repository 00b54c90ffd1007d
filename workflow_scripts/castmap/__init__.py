"""castmap: who appears where in movies.

``find_cast_map`` and ``find_cast_map_of_faces`` are the whole of it in one call, see
castmap.cast_maps. The packages are its pieces: functions on arrays and tables, which know no
Snakemake. The scripts of rules and the castmap command call them.
"""

import importlib
import signal
import sys
from pathlib import Path
from typing import Any

# No import statement: a stage is made of what this module imports, and reruns when that changes.
_API = "castmap.cast_maps"
_NAMES = ("CastMap", "find_cast_map", "find_cast_map_of_faces", "read_settings")

# What a stage or the command imports takes seconds. A Ctrl-C meanwhile ends it without a traceback.
_program = Path(sys.argv[0] if sys.argv else "")
_is_ours = (
    _program == Path("-m") or _program.resolve().parent == Path(__file__).resolve().parents[1]
)
if _is_ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def __getattr__(name: str) -> Any:
    """The Python API, imported when it is asked for: it takes seconds."""
    if name not in _NAMES:
        raise AttributeError(f"module castmap has no attribute {name}")
    return getattr(importlib.import_module(_API), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_NAMES])
