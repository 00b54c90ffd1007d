"""The cast map for people, and in the formats of other programs.

REQUIRED INPUTS:
    results/{movie}/{movie.json,faces.zip}, its tables of frames, examined frames and detections,
    and its shots, tracks and characters under corrections
OUTPUTS:
    results/exports/{movie}/*       docs/exports.md says which program opens which file
DEFINES:
    EXPORTED            the exports of a film, as the catalogue declares them
"""

from castmap.catalogues import EXPORTS
from castmap.exports.files import exported_files

EXPORTED = [f"results/exports/{{movie}}/{name}" for name in exported_files()]


rule export_movie:
    input:
        **tables("frames", "examined", "detections", "characters"),
        **corrected_tables("shots", "tracks"),
        movie="results/{movie}/movie.json",
        faces="results/{movie}/faces.zip",
    output:
        exports=EXPORTED,
    log:
        "results/logs/{movie}/export_movie.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("export_movie"),
    params:
        film=film,
        show_faces=config["report"]["faces"],
    shell:
        stage("export_movie", *[member.path for member in EXPORTS.members.values()])
