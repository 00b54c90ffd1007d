"""Every face of the examined frames, its landmarks and its aligned crop.

REQUIRED INPUTS:
    the film, results/{movie}/{movie.json,frames.parquet}; faces.model and faces.checkpoint, if own;
    results/{movie}/shots.parquet, if frames are examined where faces change
OUTPUTS:
    results/{movie}/examined.parquet                  the frames that were searched
    results/{movie}/detections.parquet                boxes, landmarks and quality of the faces
    results/{movie}/faces.zip                         their crops, 112 x 112 pixels
"""

DETECTOR = PRETRAINED[OWN_DETECTOR]


rule detect_faces:
    input:
        film=film_if_built,
        movie="results/{movie}/movie.json",
        frames="results/{movie}/frames.parquet",
        shots=[] if config["faces"]["every_nth_frame"] else "results/{movie}/shots.parquet",
        weights=config["faces"]["checkpoint"] or weights(OWN_DETECTOR),
        model=DETECTOR_FILES,
    output:
        examined="results/{movie}/examined.parquet",
        detections="results/{movie}/detections.parquet",
        faces="results/{movie}/faces.zip",
    log:
        "results/logs/{movie}/detect_faces.log",
    benchmark:
        "results/benchmarks/{movie}/detect_faces.tsv"
    conda:
        "../envs/castmap.yaml"
    # By our own detector the same bytes come out, on however many threads.
    threads: CORES_OF_A_FILM if config["faces"]["model"] == OWN_DETECTOR else 1
    resources:
        **granted("detect_faces"),
        gpu=gpus(1),
    params:
        **{name: value for name, value in config["faces"].items() if name != "checkpoint"},
        film=film,
        pin=detector_pin(),
        device=config["device"],
        seed=config["seed"],
    shell:
        stage("detect_faces", DETECTOR.member.path, IMPORTER)
