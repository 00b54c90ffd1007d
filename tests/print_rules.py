"""Print the rules of the workflow in the current folder as JSON."""

import json
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import OutputSettings, ResourceSettings

with SnakemakeApi(OutputSettings()) as api:
    asked = api.workflow(ResourceSettings(cores=1), snakefile=Path("Snakefile"))
    # Snakemake prints rules in public, and gives them out only here.
    rules = {
        rule.name: {
            "input": list(rule.input.keys()),
            "paths": {name: str(paths) for name, paths in rule.input.items()},
            "unnamed_input": len(rule.input) - len(list(rule.input.keys())),
            "output": list(rule.output.keys()),
            "params": list(rule.params.keys()),
            "wildcards": sorted(rule.wildcard_names),
            "asks": rule.resources.get("runtime").is_evaluable(),
            "shell": rule.shellcmd,
            "log": [str(path) for path in rule.log],
        }
        for rule in asked._workflow.rules
    }
json.dump(rules, sys.stdout)
