"""Weak labels: what a film says about its faces without anyone labelling them.

REQUIRED INPUTS:
    results/{movie}/{detections,tracks}.parquet, pretrained embeddings
OUTPUTS:
    results/{movie}/tracklets.parquet           the faces of each track by look: positives
    results/{movie}/cooccurrence.parquet        tracks seen at the same time: negatives
    results/{movie}/hard_examples.parquet       farthest look, nearest stranger of each tracklet
    results/{movie}/impossible_negatives.csv    strangers that look like one person, to be judged
    results/{movie}/mining.json                 how many tracks were of use, and why the rest not
    mine_all                                    the target of all films
"""


rule mine_tracklets:
    input:
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
        code=code("mine_tracklets"),
    output:
        tracklets="results/{movie}/tracklets.parquet",
        cooccurrence="results/{movie}/cooccurrence.parquet",
        hard_examples="results/{movie}/hard_examples.parquet",
        impossible_negatives="results/{movie}/impossible_negatives.csv",
        summary="results/{movie}/mining.json",
    log:
        "results/logs/{movie}/mine_tracklets.log",
    benchmark:
        "results/benchmarks/{movie}/mine_tracklets.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("mine_tracklets"),
    params:
        **config["mining"],
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/mine_tracklets.py --detections {input.detections:q}"
        " --tracks {input.tracks:q} --embeddings {input.embeddings:q}"
        " --tracklets-per-track {params.tracklets_per_track}"
        " --min-faces {params.min_faces_per_tracklet}"
        " --impossible-share {params.impossible_share}"
        " --hardest-share {params.hardest_share} --seed {params.seed}"
        " --out-tracklets {output.tracklets:q} --out-cooccurrence {output.cooccurrence:q}"
        " --out-hard-examples {output.hard_examples:q}"
        " --out-impossible-negatives {output.impossible_negatives:q}"
        " --out-summary {output.summary:q} --log {log:q}"


rule mine_all:
    input:
        expand("results/{movie}/tracklets.parquet", movie=MOVIES),
