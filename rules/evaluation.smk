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
        shots="results/{movie}/shots.parquet",
        true_shots=labels("shots"),
        code=code("evaluate_shots"),
    output:
        metrics="results/{movie}/metrics/shots.json",
    log:
        "results/logs/{movie}/evaluate_shots.log",
    conda:
        "../envs/castmap.yaml"
    shell:
        "python {SCRIPTS}/evaluate_shots.py --shots {input.shots:q}"
        " --true-shots {input.true_shots:q} --out-metrics {output.metrics:q} --log {log:q}"


rule evaluate_tracks:
    input:
        frames="results/{movie}/frames.parquet",
        shots="results/{movie}/shots.parquet",
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        true_faces=labels("faces"),
        judged=lambda wildcards: judged(wildcards.movie),
        code=code("evaluate_tracks"),
    output:
        metrics="results/{movie}/metrics/tracks.json",
    log:
        "results/logs/{movie}/evaluate_tracks.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("evaluate_tracks"),
    params:
        every_nth_frame=config["faces"]["every_nth_frame"],
    shell:
        "python {SCRIPTS}/evaluate_tracks.py --frames {input.frames:q}"
        " --shots {input.shots:q} --detections {input.detections:q}"
        " --tracks {input.tracks:q} --true-faces {input.true_faces:q}"
        " --every-nth-frame {params.every_nth_frame}"
        " --out-metrics {output.metrics:q} --log {log:q}"


rule evaluate_clustering:
    input:
        shots="results/{movie}/shots.parquet",
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        clusters=expand("results/{{movie}}/clusters.{model}.parquet", model=[*MODELS, "chosen"]),
        true_faces=labels("faces"),
        judged=lambda wildcards: judged(wildcards.movie),
        code=code("evaluate_clustering"),
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
        every_nth_frame=config["faces"]["every_nth_frame"],
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/evaluate_clustering.py --shots {input.shots:q}"
        " --detections {input.detections:q} --tracks {input.tracks:q}"
        " --clusters {input.clusters:q} --true-faces {input.true_faces:q}"
        " --every-nth-frame {params.every_nth_frame} --seed {params.seed}"
        " --out-metrics {output.metrics:q} --log {log:q}"


rule evaluate_verification:
    input:
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=MODELS),
        true_faces=labels("faces"),
        judged=lambda wildcards: judged(wildcards.movie),
        code=code("evaluate_verification"),
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
        "python {SCRIPTS}/evaluate_verification.py --detections {input.detections:q}"
        " --tracks {input.tracks:q} --embeddings {input.embeddings:q}"
        " --true-faces {input.true_faces:q} --seed {params.seed}"
        " --out-metrics {output.metrics:q} --log {log:q}"


rule compare_algorithms:
    input:
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=MODELS),
        true_faces=labels("faces"),
        judged=lambda wildcards: judged(wildcards.movie),
        code=code("compare_algorithms"),
    output:
        metrics="results/{movie}/metrics/algorithms.json",
    log:
        "results/logs/{movie}/compare_algorithms.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("compare_algorithms"),
    params:
        models=list(MODELS),
        prior_stop_distance=config["clustering"]["prior_stop_distance"],
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/compare_algorithms.py --detections {input.detections:q}"
        " --tracks {input.tracks:q} --models {params.models} --embeddings {input.embeddings:q}"
        " --true-faces {input.true_faces:q}"
        " --prior-stop-distance {params.prior_stop_distance} --seed {params.seed}"
        " --out-metrics {output.metrics:q} --log {log:q}"


rule evaluate_people:
    input:
        people="results/corpus/people.parquet",
        clusters=expand("results/{movie}/clusters.chosen.parquet", movie=LABELLED),
        tracks=expand("results/{movie}/tracks.parquet", movie=LABELLED),
        true_faces=[f"{MOVIES[movie].labels}/faces.csv" for movie in LABELLED],
        judged=judged(*LABELLED),
        code=code("evaluate_people"),
    output:
        metrics="results/corpus/metrics/people.json",
    log:
        "results/logs/evaluate_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("evaluate_people", LABELLED),
    params:
        movies=LABELLED,
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/evaluate_people.py --people {input.people:q}"
        " --movies {params.movies} --clusters {input.clusters:q} --tracks {input.tracks:q}"
        " --true-faces {input.true_faces:q} --seed {params.seed}"
        " --out-metrics {output.metrics:q} --log {log:q}"
