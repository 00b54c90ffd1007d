"""Where one shot ends and the next begins: cuts and gradual transitions.

REQUIRED INPUTS:
    the film, results/{movie}/{movie.json,frames.parquet}
OUTPUTS:
    results/{movie}/shots.parquet       shots that cover the film without gaps
"""


rule detect_shots:
    input:
        film=film_if_built,
        movie="results/{movie}/movie.json",
        frames="results/{movie}/frames.parquet",
        weights=branch(
            config["shots"]["detector"] == "transnetv2",
            then=weights("transnetv2"),
            otherwise=[],
        ),
        code=code("detect_shots", IMPORTER),
    output:
        shots="results/{movie}/shots.parquet",
    log:
        "results/logs/{movie}/detect_shots.log",
    benchmark:
        "results/benchmarks/{movie}/detect_shots.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("detect_shots"),
        gpu=gpus(int(config["shots"]["detector"] == "transnetv2")),
    params:
        film=film,
        detector=config["shots"]["detector"],
        threshold=config["shots"]["threshold"],
        min_length_s=config["shots"]["min_length_s"],
        weights=lambda wildcards, input: f"--weights {input.weights}" if input.weights else "",
        pin=pin("transnetv2"),
        device=config["device"],
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/detect_shots.py --film={params.film:q}"
        " --movie-info {input.movie:q} --frames {input.frames:q} {params.weights}"
        " --detector {params.detector} --threshold {params.threshold}"
        " --min-length-s {params.min_length_s} --device {params.device} --threads {threads}"
        " --seed {params.seed} --out-shots {output.shots:q} --log {log:q}"
