"""Weak labels: what a film says about its faces without anyone labelling them.

REQUIRED INPUTS:
    results/{movie}/{detections,tracks}.parquet, pretrained embeddings
OUTPUTS:
    results/{movie}/tracklets.parquet           the faces of each track by appearance: positives
    results/{movie}/cooccurrence.parquet        tracks seen at the same time: negatives
    results/{movie}/must_links.parquet          tracks of one person in different shots
    results/{movie}/hard_examples.parquet       farthest positive, nearest negative of each tracklet
    results/{movie}/impossible_negatives.csv    co-occurring tracks of probably one person, to check
    results/{movie}/mining.json                 how many tracks were of use, and why others were not
    mine_all                                    the target of all films
"""


rule mine_tracklets:
    input:
        **tables("detections", "tracks"),
        embeddings=PRETRAINED_EMBEDDINGS,
    output:
        tracklets="results/{movie}/tracklets.parquet",
        cooccurrence="results/{movie}/cooccurrence.parquet",
        must_links="results/{movie}/must_links.parquet",
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
        stage("mine_tracklets")


rule mine_all:
    input:
        expand("results/{movie}/tracklets.parquet", movie=MOVIES),
