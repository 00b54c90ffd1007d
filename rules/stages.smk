"""How a rule calls its stage.

DEFINES:
    stage(name, ...)    the command of a stage
"""

import shlex

from castmap.planning.code import hash_code
from castmap.stages.signature import shell_line

SCRIPTS_HERE = shlex.quote(of_castmap("workflow_scripts")).replace("{", "{{").replace("}", "}}")
# Stages run in the environment of the snakemake that runs the workflow, activated or not. The
# allocator keeps the networks' large buffers instead of returning and re-requesting them: measured,
# detection is a third faster. OpenCV would else take every core for itself.
PREFIX = (
    "set -euo pipefail;"
    " export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=1073741824"
    " OPENCV_FOR_THREADS_NUM=${{OMP_NUM_THREADS:-1}}; "
)
if not snakemake_internals.has_own_environments(workflow):
    PREFIX += f'export PATH="{Path(sys.executable).parent}:$PATH"; '
# Snakemake's prefix holds for all rules; those of a workflow that uses these are none of ours.
if not IS_MODULE:
    shell.prefix(PREFIX)


def stage(name, *members):
    """The command of a stage: what its script takes and makes, and what the script is made of.

    Snakemake runs a rule again whose command has changed, so an edited module reruns its stages.
    """
    return f"{command(name)}  # code {hash_code(SCRIPTS / f'{name}.py', *members)[:16]}"


def command(name):
    """The command of a stage that an edited module does not rerun: it fetches what is pinned."""
    own_prefix = PREFIX if IS_MODULE else ""
    return f"{own_prefix}python {SCRIPTS_HERE}/{name}.py {shell_line(SCRIPTS / f'{name}.py')}"
