"""Which tracks are the same person, and the cast map that follows.

REQUIRED INPUTS:
    results/{movie}/{frames,shots,detections,tracks,tracklets}.parquet,
    embeddings of the model
OUTPUTS:
    results/{movie}/clusters.{model}.parquet    one row per track: its character and confidence;
                                                clusters.chosen.parquet is rules/adaptation.smk's
    results/{movie}/clusters.{model}.json       the stop distance, and what it rests on
    results/exports/{movie}/cast_map.csv        who appears when, for people and other tools
"""


rule cluster_characters:
    input:
        frames="results/{movie}/frames.parquet",
        shots="results/{movie}/shots.parquet",
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        tracklets="results/{movie}/tracklets.parquet",
        embeddings="results/{movie}/embeddings.{model}.safetensors",
        reference=reference_embeddings,
        code=code("cluster_characters"),
    output:
        clusters="results/{movie}/clusters.{model}.parquet",
        calibration="results/{movie}/clusters.{model}.json",
    log:
        "results/logs/{movie}/cluster_characters.{model}.log",
    benchmark:
        "results/benchmarks/{movie}/cluster_characters.{model}.tsv"
    wildcard_constraints:
        model="|".join(MODELS),
    conda:
        "../envs/castmap.yaml"
    params:
        reference=lambda wildcards, input: option("--reference-embeddings", input.reference),
        every_nth_frame=config["faces"]["every_nth_frame"],
        prior_stop_distance=config["clustering"]["prior_stop_distance"],
        seed=config["seed"],
    shell:
        "python -m workflow_scripts.cluster_characters --frames {input.frames:q}"
        " --shots {input.shots:q} --detections {input.detections:q} --tracks {input.tracks:q}"
        " --tracklets {input.tracklets:q}"
        " --embeddings {input.embeddings:q} {params.reference}"
        " --every-nth-frame {params.every_nth_frame}"
        " --prior-stop-distance {params.prior_stop_distance} --seed {params.seed}"
        " --out-clusters {output.clusters:q} --out-calibration {output.calibration:q} --log {log:q}"


rule export_movie:
    input:
        clusters="results/{movie}/clusters.chosen.parquet",
        code=code("export_movie"),
    output:
        cast_map="results/exports/{movie}/cast_map.csv",
    log:
        "results/logs/{movie}/export_movie.log",
    conda:
        "../envs/castmap.yaml"
    shell:
        "python -m workflow_scripts.export_movie --clusters {input.clusters:q}"
        " --out-cast-map {output.cast_map:q} --log {log:q}"
