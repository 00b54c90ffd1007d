"""Where one shot ends and the next begins: cuts and gradual transitions; a picture of each shot.

REQUIRED INPUTS:
    the film, results/{movie}/{movie.json,frames.parquet}
OUTPUTS:
    results/{movie}/shots.parquet       shots that cover the film without gaps
    results/{movie}/key_frames.zip      a small picture of each, for pages
"""

import json

from castmap.catalogues import SHOT_DETECTORS

SHOT_DETECTOR = SHOT_DETECTORS[config["shots"]["detector"]]
SHOT_WEIGHTS = [SHOT_DETECTOR.network] * bool(SHOT_DETECTOR.network)


rule detect_shots:
    input:
        film=film_if_built,
        movie="results/{movie}/movie.json",
        weights=[weights(name) for name in SHOT_WEIGHTS],
        frames="results/{movie}/frames.parquet",
    output:
        shots="results/{movie}/shots.parquet",
    log:
        "results/logs/{movie}/detect_shots.log",
    benchmark:
        "results/benchmarks/{movie}/detect_shots.tsv"
    conda:
        "../envs/castmap.yaml"
    threads: CORES_OF_A_FILM if SHOT_DETECTOR.declared.get("threads") else 1
    resources:
        **granted("detect_shots"),
        gpu=gpus(int(SHOT_DETECTOR.declared.get("gpu", False))),
    params:
        film=film,
        detector=SHOT_DETECTOR.name,
        parameters=json.dumps(config["shots"]["detectors"].get(SHOT_DETECTOR.name, {})),
        threshold=config["shots"]["threshold"],
        min_length_s=config["shots"]["min_length_s"],
        pin=[pin(name) for name in SHOT_WEIGHTS],
        device=config["device"],
        seed=config["seed"],
    shell:
        stage("detect_shots", SHOT_DETECTOR.path, IMPORTER)


rule draw_key_frames:
    input:
        film=film_if_built,
        movie="results/{movie}/movie.json",
        shots="results/{movie}/shots.parquet",
    output:
        pictures="results/{movie}/key_frames.zip",
    log:
        "results/logs/{movie}/draw_key_frames.log",
    benchmark:
        "results/benchmarks/{movie}/draw_key_frames.tsv"
    # Only pages wait for it: it fills a core that is free.
    priority: -1
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("draw_key_frames"),
    params:
        film=film,
    shell:
        stage("draw_key_frames")
