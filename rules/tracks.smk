"""Faces of one person followed through a shot.

REQUIRED INPUTS:
    results/{movie}/{frames,shots,detections}.parquet, embeddings of the configured model
OUTPUTS:
    results/{movie}/tracks.parquet      one row per face of a track; purity before length
"""


rule track_faces:
    input:
        frames="results/{movie}/frames.parquet",
        shots="results/{movie}/shots.parquet",
        detections="results/{movie}/detections.parquet",
        embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
        code=code("track_faces"),
    output:
        tracks="results/{movie}/tracks.parquet",
    log:
        "results/logs/{movie}/track_faces.log",
    benchmark:
        "results/benchmarks/{movie}/track_faces.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("track_faces"),
    params:
        every_nth_frame=config["faces"]["every_nth_frame"],
        min_faces=config["tracks"]["min_faces"],
        min_best_score=config["tracks"]["min_best_score"],
        max_gap_s=config["tracks"]["max_gap_s"],
        min_similarity=config["tracks"]["min_similarity"],
    shell:
        "python -m workflow_scripts.track_faces --frames {input.frames:q}"
        " --shots {input.shots:q} --detections {input.detections:q}"
        " --embeddings {input.embeddings:q} --every-nth-frame {params.every_nth_frame}"
        " --min-faces {params.min_faces} --min-best-score {params.min_best_score}"
        " --max-gap-s {params.max_gap_s} --min-similarity {params.min_similarity}"
        " --out-tracks {output.tracks:q} --log {log:q}"
