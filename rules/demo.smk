"""Three short films with exact truth, cut from footage that registry packages carry.

REQUIRED INPUTS:
    resources/pinned_files.yaml             package, version, member, SHA-256, licence
    resources/demo/edits/*.yaml             the edit lists: shot by shot, which clip and framing
OUTPUTS:
    resources/demo/footage/*                the clips
    resources/demo/films/{movie}.mp4        the films
    resources/demo/labels/{movie}/*.csv     their true shots and faces
"""

FOOTAGE = [name for name, pin in PINNED.items() if pin["use"] == "footage"]


rule fetch_footage:
    input:
        pinned=ancient(of_castmap("resources/pinned_files.yaml")),
    output:
        footage=expand("resources/demo/footage/{name}", name=FOOTAGE),
    log:
        "results/logs/fetch_footage.log",
    # Compute nodes often have no internet.
    localrule: True
    conda:
        "../envs/castmap.yaml"
    params:
        pins=[PINNED[name] for name in FOOTAGE],
    shell:
        command("fetch_footage")


rule build_demo_films:
    input:
        edits=of_castmap("resources/demo/edits/{demo}.yaml"),
        clips=of_castmap("resources/demo/edits/clips.yaml"),
        footage=expand("resources/demo/footage/{name}", name=FOOTAGE),
    output:
        film="resources/demo/films/{demo}.mp4",
        shots="resources/demo/labels/{demo}/shots.csv",
        faces="resources/demo/labels/{demo}/faces.csv",
    log:
        "results/logs/build_demo_films/{demo}.log",
    wildcard_constraints:
        demo="demo_[a-z]+",
    conda:
        "../envs/castmap.yaml"
    params:
        pins=[PINNED[name] for name in FOOTAGE],
    shell:
        stage("build_demo_films")


rule demo_films_all:
    input:
        [movie.path for movie in MOVIES.values() if movie.role == "demo"],
