"""castmap: who appears where in movies.

The modules at this level are stages: one per Snakemake rule, same name, arguments in, files out.
The packages below are libraries: functions on arrays and tables that know no paths and no config.
"""

import signal
import sys
from pathlib import Path

# What a stage or the command imports takes seconds. A Ctrl-C meanwhile ends it without a traceback.
_program = Path(sys.argv[0] if sys.argv else "")
_is_ours = (
    _program == Path("-m") or _program.resolve().parent == Path(__file__).resolve().parents[1]
)
if _is_ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
