"""Each rule gives its stage what the stage's signature asks for, under the same names."""

from pathlib import Path

import pytest

from castmap.stages.signature import read_signature, shell_line

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow_scripts"
STAGES = sorted(path.stem for path in SCRIPTS.glob("*.py"))
# What a rule names although its stage does not read it: it reruns the stage when it changes.
RERUNS = {"code", "pin", "pins", "film", "fingerprint", "judged", "model"}


def test_each_rule_that_runs_something_has_a_script_of_its_name(rules):
    running = [name for name, rule in rules.items() if rule["shell"]]
    assert sorted(running) == STAGES


@pytest.mark.parametrize("stage", STAGES)
def test_a_rule_names_what_its_stage_takes_and_makes(rules, stage):
    rule, signature = rules[stage], read_signature(SCRIPTS / f"{stage}.py")
    inputs = [argument.name for argument in signature.inputs]
    settings = [argument.name for argument in signature.settings]
    outputs = [argument.name for argument in signature.outputs]
    assert set(inputs) <= set(rule["input"])
    assert set(rule["input"]) - set(inputs) <= RERUNS
    assert set(settings) <= set(rule["params"])
    assert set(rule["params"]) - set(settings) <= RERUNS
    assert rule["output"] == outputs or set(rule["output"]) == set(outputs)
    line = f"python workflow_scripts/{stage}.py {shell_line(SCRIPTS / f'{stage}.py')}"
    assert rule["shell"].startswith(line)


def test_whatever_takes_the_characters_takes_tracks_and_shots_as_people_cut_them(rules):
    shown = {
        (name, table, path)
        for name, rule in rules.items()
        for table, path in rule["paths"].items()
        if table in ("tracks", "shots")
        and not {"characters", "corrected"}.isdisjoint(rule["paths"])
    }
    assert {name for name, _, _ in shown} >= {"export_movie", "report_movie", "order_review"}
    assert [one for one in shown if f"/corrected_{one[1]}.parquet" not in one[2]] == []
