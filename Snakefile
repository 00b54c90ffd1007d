"""castmap: who appears where in movies.

    film -> probe_movie -> detect_shots ------------------> track_faces -> cluster_characters
                        -> detect_faces -> embed_faces --^      |          |
                                                                v          v
                                           mine_tracklets -> report_mining export_movie
                                                                           report_{movie,corpus}
             tabulate <- evaluate_{shots,tracks,clustering,verification} <- labels

Every film has its own folder in results/; docs/output.md explains every file.
"""

from snakemake.utils import min_version

min_version("9.25")


configfile: "config.yaml"


localrules:
    all,
    weights_all,
    demo_films_all,
    tables_all,


include: "rules/common.smk"
include: "rules/weights.smk"
include: "rules/demo.smk"
include: "rules/probe.smk"
include: "rules/shots.smk"
include: "rules/faces.smk"
include: "rules/embedding.smk"
include: "rules/tracks.smk"
include: "rules/mining.smk"
include: "rules/characters.smk"
include: "rules/evaluation.smk"
include: "rules/tables.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "results/report/index.html",
        expand("results/report/{movie}.html", movie=MOVIES),
        expand("results/report/{movie}.mining.html", movie=MOVIES),
        expand("results/exports/{movie}/cast_map.csv", movie=MOVIES),
        TABLE_FILES,
