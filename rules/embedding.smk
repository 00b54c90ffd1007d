"""What each face looks like as a vector, by the pretrained network.

REQUIRED INPUTS:
    results/{movie}/{detections.parquet,faces.zip}, weights of the configured model
OUTPUTS:
    results/{movie}/embeddings.{model}.safetensors    row i for detection i
    embed_all                                         the target of all films
"""

from castmap.packages.weights import is_trainable
from castmap.settings.own_backbone import parameters_of_backbone


rule embed_faces:
    input:
        faces="results/{movie}/faces.zip",
        weights=weights(NETWORK),
        detections="results/{movie}/detections.parquet",
    output:
        embeddings=PRETRAINED_EMBEDDINGS,
    log:
        f"results/logs/{{movie}}/embed_faces.{NETWORK}.log",
    benchmark:
        f"results/benchmarks/{{movie}}/embed_faces.{NETWORK}.tsv"
    conda:
        "../envs/castmap.yaml"
    threads: CORES_OF_A_FILM if is_trainable(BACKBONES[NETWORK]) else 1
    resources:
        **granted("embed_faces"),
        gpu=gpus(1),
    params:
        model=NETWORK,
        parameters=json.dumps(parameters_of_backbone(config)),
        pin=pin(NETWORK),
        device=config["device"],
        seed=config["seed"],
    shell:
        stage("embed_faces", IMPORTER, BACKBONES[NETWORK].path)


rule embed_all:
    input:
        expand("results/{movie}/embeddings.{model}.safetensors", movie=MOVIES, model=NETWORK),
