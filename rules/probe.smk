"""What kind of film is it, and when is each frame shown? Files that are no film are turned away.

REQUIRED INPUTS:
    the film; one that was probed once may be missing as long as nothing needs it
OUTPUTS:
    results/{movie}/movie.json          identity, size, rotation, frame rate; or why it was rejected
    results/{movie}/frames.parquet      when each frame is shown
"""

from castmap.planning.corpus import film_record


rule probe_movie:
    input:
        film=film_if_built,
    output:
        movie="results/{movie}/movie.json",
        frames="results/{movie}/frames.parquet",
    log:
        "results/logs/{movie}/probe_movie.log",
    benchmark:
        "results/benchmarks/{movie}/probe_movie.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("probe_movie"),
    params:
        name="{movie}",
        title=lambda wildcards: ALL_MOVIES[wildcards.movie].title,
        year=lambda wildcards: ALL_MOVIES[wildcards.movie].year,
        film=film,
        fingerprint=film_fingerprint,
        record=lambda wildcards: str(film_record(wildcards.movie)),
    shell:
        stage("probe_movie")
