"""What each face looks like as a vector, by the pretrained network.

REQUIRED INPUTS:
    results/{movie}/{detections.parquet,faces.zip}, resources/weights/{model}.safetensors
OUTPUTS:
    results/{movie}/embeddings.{model}.safetensors    row i for detection i
    embed_all                                         the target of all films
"""


rule embed_faces:
    input:
        detections="results/{movie}/detections.parquet",
        faces="results/{movie}/faces.zip",
        weights=weights("{model}"),
    output:
        embeddings="results/{movie}/embeddings.{model}.safetensors",
    log:
        "results/logs/{movie}/embed_faces.{model}.log",
    benchmark:
        "results/benchmarks/{movie}/embed_faces.{model}.tsv"
    wildcard_constraints:
        model="|".join(NETWORKS),
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("embed_faces"),
        gpu=gpus(1),
    params:
        model="{model}",
        pin=lambda wildcards: pin(wildcards.model),
        device=config["device"],
        seed=config["seed"],
    shell:
        stage("embed_faces", IMPORTER)


rule embed_all:
    input:
        expand("results/{movie}/embeddings.{model}.safetensors", movie=MOVIES, model=NETWORK),
