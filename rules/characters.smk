"""Which tracks are the same person, and the cast map that follows.

REQUIRED INPUTS:
    results/{movie}/{frames,shots,detections,tracks,tracklets}.parquet,
    embeddings of the model
OUTPUTS:
    results/{movie}/clusters.{model}.parquet    one row per track: its character and confidence;
                                                clusters.chosen.parquet is rules/adaptation.smk's
    results/{movie}/clusters.{model}.json       the stop distance, and what it rests on
    results/corpus/people.parquet               the same people across films, if people.across_films
"""


rule cluster_characters:
    input:
        frames="results/{movie}/frames.parquet",
        shots="results/{movie}/shots.parquet",
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        tracklets="results/{movie}/tracklets.parquet",
        embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=MODELS),
        code=code("cluster_characters"),
    output:
        clusters=expand("results/{{movie}}/clusters.{model}.parquet", model=MODELS),
        calibrations=expand("results/{{movie}}/clusters.{model}.json", model=MODELS),
    log:
        "results/logs/{movie}/cluster_characters.log",
    benchmark:
        "results/benchmarks/{movie}/cluster_characters.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("cluster_characters"),
    params:
        **config["clustering"],
        every_nth_frame=config["faces"]["every_nth_frame"],
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/cluster_characters.py --frames {input.frames:q}"
        " --shots {input.shots:q} --detections {input.detections:q} --tracks {input.tracks:q}"
        " --tracklets {input.tracklets:q} --embeddings {input.embeddings:q}"
        " --every-nth-frame {params.every_nth_frame} --algorithm {params.algorithm}"
        " --prior-stop-distance {params.prior_stop_distance} --seed {params.seed}"
        " --out-clusters {output.clusters:q} --out-calibrations {output.calibrations:q}"
        " --log {log:q}"


rule identify_people:
    input:
        clusters=expand("results/{movie}/clusters.chosen.parquet", movie=MOVIES),
        tracks=expand("results/{movie}/tracks.parquet", movie=MOVIES),
        detections=expand("results/{movie}/detections.parquet", movie=MOVIES),
        embeddings=expand(
            "results/{movie}/embeddings.{model}.safetensors", movie=MOVIES, model=NETWORK
        ),
        code=code("identify_people"),
    output:
        people="results/corpus/people.parquet",
    log:
        "results/logs/identify_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("identify_people", MOVIES),
    params:
        movies=list(MOVIES),
        stop_distance=config["people"]["stop_distance"],
    shell:
        "python {SCRIPTS}/identify_people.py --movies {params.movies}"
        " --clusters {input.clusters:q} --tracks {input.tracks:q}"
        " --detections {input.detections:q} --embeddings {input.embeddings:q}"
        " --stop-distance {params.stop_distance} --out-people {output.people:q} --log {log:q}"
