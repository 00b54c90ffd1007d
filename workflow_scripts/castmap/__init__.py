"""castmap: who appears where in movies.

The modules at this level are stages: one per Snakemake rule, same name, arguments in, files out.
The packages below are libraries: functions on arrays and tables that know no paths and no config.
"""

import signal
import sys

# What a stage imports takes seconds. A Ctrl-C meanwhile ends it, without a traceback.
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
