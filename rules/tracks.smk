"""Faces of one person followed through a shot.

REQUIRED INPUTS:
    results/{movie}/{frames,shots,examined,detections}.parquet, embeddings of the configured model
OUTPUTS:
    results/{movie}/tracks.parquet      one row per face of a track; purity before length
"""


rule track_faces:
    input:
        **tables("frames", "shots", "examined", "detections"),
        embeddings=PRETRAINED_EMBEDDINGS,
    output:
        tracks="results/{movie}/tracks.parquet",
    log:
        "results/logs/{movie}/track_faces.log",
    benchmark:
        "results/benchmarks/{movie}/track_faces.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("track_faces"),
    params:
        **config["tracks"],
    shell:
        stage("track_faces")
