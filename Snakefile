"""castmap: who appears where in movies.

    film -> probe_movie -> detect_shots -> detect_faces -> embed_faces -> track_faces
         -> mine_tracklets -> adapt_embedding, adapt_to_movie -> embed_adapted
         -> judge_models, cluster_characters -> choose_model -> correct_characters
         -> name_characters, order_review
         -> export_movie, report_{movie,people,corpus}, report_{mining,adaptation}, describe_model
    labels -> evaluate_{shots,tracks,clustering,verification}, compare_algorithms -> tabulate_corpus
              report_mistakes

Every film has its own folder in results/; docs/output.md explains every file.
"""

from snakemake.utils import min_version

min_version("9.25")


report: "rules/report/workflow.rst"


include: "rules/common.smk"


if IMAGE:

    container: IMAGE


include: "rules/stages.smk"
include: "rules/running.smk"
include: "rules/requests.smk"
include: "rules/inputs.smk"
include: "rules/weights.smk"
include: "rules/demo.smk"
include: "rules/probe.smk"
include: "rules/shots.smk"
include: "rules/faces.smk"
include: "rules/embedding.smk"
include: "rules/tracks.smk"
include: "rules/mining.smk"
include: "rules/characters.smk"
include: "rules/adaptation.smk"
include: "rules/corrections.smk"
include: "rules/people.smk"
include: "rules/evaluation.smk"
include: "rules/tables.smk"
include: "rules/exports.smk"
include: "rules/report.smk"
include: "rules/failures.smk"


rule all:
    default_target: True
    input:
        "results/report/index.html",
        expand("results/report/{movie}.html", movie=MOVIES),
        expand("results/report/{movie}.mining.html", movie=MOVIES),
        expand("results/report/{movie}.mistakes.html", movie=LABELLED),
        "results/report/adaptation.html",
        MODEL_CARDS,
        expand(EXPORTED[0], movie=MOVIES),
        PEOPLE_FILES,
        PEOPLE_PAGE,
        TABLE_FILES,
        TABLES_LOCK,
