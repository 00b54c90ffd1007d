"""What a stage imports: a film pays for it once for each stage, whatever its length."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow_scripts"
HEAVY = ("torch", "mmdet", "lightning_fabric", "sklearn")
# The stages that compute by a heavy package; all others only read, count and write.
BY_A_NETWORK = (
    *("adapt_embedding", "adapt_to_movie", "detect_faces", "detect_shots"),
    *("embed_adapted", "embed_faces", "enrol_people", "import_weights"),
)
BY_SCIKIT_LEARN = ("compare_algorithms", "evaluate_clustering", "evaluate_people", "mine_tracklets")
# One process imports them all: the first stage that brings in a heavy package is named with it.
IMPORT_ALL = """
import importlib, json, sys
brought, seen = {}, set()
for name in sys.argv[1].split():
    importlib.import_module(name)
    new = {heavy for heavy in sys.argv[2].split() if heavy in sys.modules} - seen
    seen |= new
    if new:
        brought[name] = sorted(new)
print(json.dumps(brought))
"""


def brought_in(stages):
    command = [sys.executable, "-c", IMPORT_ALL, " ".join(stages), " ".join(HEAVY)]
    run = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def test_a_stage_that_computes_by_no_heavy_package_imports_none():
    stages = {path.stem for path in SCRIPTS.glob("*.py")}
    assert stages > {*BY_A_NETWORK, *BY_SCIKIT_LEARN}
    assert brought_in(sorted(stages - {*BY_A_NETWORK, *BY_SCIKIT_LEARN})) == {}
    # Of the others, those without a network import no torch either, and the look would tell.
    assert brought_in(BY_SCIKIT_LEARN) == {BY_SCIKIT_LEARN[0]: ["sklearn"]}
