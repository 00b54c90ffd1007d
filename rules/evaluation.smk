"""How good is it? For the films that have labels.

REQUIRED INPUTS:
    labels of the film: shots.csv and faces.csv in the folder named in the sheet
OUTPUTS:
    results/{movie}/metrics/shots.json                  boundaries found and missed
    results/{movie}/metrics/tracks.json                 coverage, purity, HOTA of tracks
    results/{movie}/metrics/clustering.{model}.json     characters against people
    results/{movie}/metrics/verification.{model}.json   same person or not, pair by pair
    results/{movie}/metrics/algorithms.json             every clustering algorithm against people
    results/corpus/metrics/people.json                  people across films against their names
"""


rule evaluate_shots:
    input:
        true_shots=lambda wildcards: f"{ALL_MOVIES[wildcards.movie].labels}/shots.csv",
        shots="results/{movie}/shots.parquet",
    output:
        metrics="results/{movie}/metrics/shots.json",
    log:
        "results/logs/{movie}/evaluate_shots.log",
    conda:
        "../envs/castmap.yaml"
    shell:
        stage("evaluate_shots")


rule evaluate_tracks:
    input:
        **tables("frames", "shots", "examined", "detections", "tracks"),
        true_faces=true_faces,
        judged=lambda wildcards: judged(wildcards.movie),
    output:
        metrics="results/{movie}/metrics/tracks.json",
    log:
        "results/logs/{movie}/evaluate_tracks.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("evaluate_tracks"),
    shell:
        stage("evaluate_tracks")


rule evaluate_clustering:
    input:
        **tables("shots", "examined", "detections", "tracks"),
        clusters=expand("results/{{movie}}/clusters.{model}.parquet", model=[*MODELS, "chosen"]),
        true_faces=true_faces,
        judged=lambda wildcards: judged(wildcards.movie),
    output:
        metrics=expand(
            "results/{{movie}}/metrics/clustering.{model}.json", model=[*MODELS, "chosen"]
        ),
    log:
        "results/logs/{movie}/evaluate_clustering.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("evaluate_clustering"),
    params:
        seed=config["seed"],
    shell:
        stage("evaluate_clustering")


rule evaluate_verification:
    input:
        **tables("detections", "tracks"),
        embeddings=of_models("embeddings.{model}.safetensors"),
        true_faces=true_faces,
        judged=lambda wildcards: judged(wildcards.movie),
    output:
        metrics=expand("results/{{movie}}/metrics/verification.{model}.json", model=MODELS),
    log:
        "results/logs/{movie}/evaluate_verification.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("evaluate_verification"),
    params:
        seed=config["seed"],
    shell:
        stage("evaluate_verification")


rule compare_algorithms:
    input:
        **tables("detections", "tracks", "must_links"),
        embeddings=of_models("embeddings.{model}.safetensors"),
        true_faces=true_faces,
        judged=lambda wildcards: judged(wildcards.movie),
    output:
        metrics="results/{movie}/metrics/algorithms.json",
    log:
        "results/logs/{movie}/compare_algorithms.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("compare_algorithms"),
    params:
        calibration_model=NETWORK,
        parameters=json.dumps(config["clustering"]["algorithms"]),
        prior_distance=config["clustering"]["prior_distance"],
        seed=config["seed"],
    shell:
        stage("compare_algorithms", *(member.path for member in ALGORITHMS.members.values()))


rule evaluate_people:
    input:
        **tables("characters", movies=LABELLED),
        **corrected_tables("tracks", movies=LABELLED),
        people="results/corpus/people.parquet",
        true_faces=[f"{MOVIES[movie].labels}/faces.csv" for movie in LABELLED],
        judged=judged(*LABELLED),
    output:
        metrics="results/corpus/metrics/people.json",
    log:
        "results/logs/evaluate_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("evaluate_people", LABELLED),
    params:
        labels=json.dumps({movie: MOVIES[movie].labels for movie in LABELLED}),
        seed=config["seed"],
    shell:
        stage("evaluate_people")
