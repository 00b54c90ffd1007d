"""Which tracks are the same person, and the cast map that follows.

REQUIRED INPUTS:
    results/{movie}/{frames,shots,examined,detections,tracks,tracklets,must_links}.parquet,
    embeddings of the model; of all films, if people.across_films, also characters.parquet and
    corrected_tracks.parquet
OUTPUTS:
    results/{movie}/clusters.{model}.parquet    one row per track: its character and confidence;
                                                clusters.chosen.parquet is rules/adaptation.smk's
    results/{movie}/clusters.{model}.json       the stop distance, and what it rests on
    results/corpus/people.parquet               the same people across films, if people.across_films
"""

from castmap.catalogues import ALGORITHMS

ALGORITHM = config["clustering"]["algorithm"]

PEOPLE_FILES = (
    ["results/corpus/people.parquet"] * bool(MOVIES)
    + ["results/corpus/metrics/people.json"] * bool(LABELLED)
) * config["people"]["across_films"]


rule cluster_characters:
    input:
        **tables("frames", "shots", "examined", "detections", "tracks"),
        **tables("tracklets", "must_links"),
        embeddings=of_models("embeddings.{model}.safetensors"),
    output:
        clusters=of_models("clusters.{model}.parquet"),
        calibrations=of_models("clusters.{model}.json"),
    log:
        "results/logs/{movie}/cluster_characters.log",
    benchmark:
        "results/benchmarks/{movie}/cluster_characters.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("cluster_characters"),
    params:
        calibration_model=NETWORK,
        algorithm=ALGORITHM,
        parameters=json.dumps(config["clustering"]["algorithms"].get(ALGORITHM, {})),
        prior_distance=config["clustering"]["prior_distance"],
        seed=config["seed"],
    shell:
        stage("cluster_characters", ALGORITHMS[ALGORITHM].path)


rule identify_people:
    input:
        **tables("detections", "characters", movies=MOVIES),
        **corrected_tables("tracks", movies=MOVIES),
        embeddings=expand(PRETRAINED_EMBEDDINGS, movie=MOVIES),
    output:
        people="results/corpus/people.parquet",
    log:
        "results/logs/identify_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("identify_people", MOVIES),
    params:
        stop_distance=config["people"]["stop_distance"],
    shell:
        stage("identify_people")
