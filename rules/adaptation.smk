"""Adapt the embedding to the films by their weak labels, and let held-out ones decide on it.

REQUIRED INPUTS:
    weak labels and pretrained embeddings of the films; resources/splits/*.txt say which films are
    trained on and which are only judged on
OUTPUTS:
    results/adaptation/{scope}/{method}/weights.safetensors  the adapted network; scope is "corpus"
                                                             or a film's name
    results/adaptation/{scope}/{method}/history.parquet      the loss of each step
    results/adaptation/{movie}/{method}/cross_fitted.safetensors  the film's faces, each embedded
                                                             by a network not trained on its track
    results/adaptation/{scope}/{method}/model_card.md        what it is, saw and is worth
    results/{movie}/embeddings.{model}.safetensors           as by embed_faces, adapted
    results/{movie}/verdicts.json                            every model on weak pairs new to it
    results/{movie}/{choice.json,clusters.chosen.parquet}    which model clusters the film, and why
    adapt_all                                                the target of all networks
DEFINES:
    TRAININGS, MODEL_CARDS  adapted networks, as scope/method, and a card for each
"""

from castmap.catalogues import LOSSES

ADAPT = config["adapt"]
ADAPTED = [name for name, model in MODELS.items() if model.scope]
BACKBONE_CODE = [] if HEAD_ONLY else [BACKBONES[NETWORK].path]
TRAINING_CODE = [IMPORTER, *BACKBONE_CODE, *(LOSSES[method].path for method in METHODS)]
TRAININGS = [
    f"{scope}/{method}"
    for kind in SCOPES
    for scope in ([CORPUS] if kind == CORPUS else MOVIES)
    for method in ALL_METHODS
]
MODEL_CARDS = expand("results/adaptation/{training}/model_card.md", training=TRAININGS)

# What both ways of adapting take from the configuration.
TRAINING_PARAMS = {
    **{
        key: ADAPT[key]
        for key in ("trainable", "folds", "steps", "batch", "learning_rate", "l2_sp_weight")
    },
    "tracklets_per_track": config["mining"]["tracklets_per_track"],
    "precision": ADAPT["precision"],
    "devices": ADAPT["devices"],
    "device": TRAINING_DEVICE,
    "model": NETWORK,
    "pin": pin(NETWORK),
    "seed": config["seed"],
    "checkpoints": "results/adaptation/checkpoints",
}
# What judging and choosing call the models by.
MODEL_PARAMS = {"network": NETWORK, "methods": METHODS, "scopes": SCOPES}


rule adapt_embedding:
    input:
        **weak_labels(TRAINED_ON),
    output:
        weights=f"results/adaptation/{CORPUS}/{{method}}/weights.safetensors",
        history=f"results/adaptation/{CORPUS}/{{method}}/history.parquet",
    log:
        f"results/logs/adaptation/{CORPUS}/adapt_embedding.{{method}}.log",
    benchmark:
        f"results/benchmarks/adaptation/{CORPUS}/adapt_embedding.{{method}}.tsv"
    conda:
        "../envs/castmap.yaml"
    threads: ADAPT["devices"]
    resources:
        **granted("adapt_embedding", TRAINED_ON),
        gpu=TRAINING_GPUS,
    params:
        **TRAINING_PARAMS,
        centring=ADAPT["centring"][CORPUS],
        method="{method}",
        loss=lambda wildcards: json.dumps(loss_parameters(wildcards.method)),
    shell:
        stage("adapt_embedding", *TRAINING_CODE)


rule adapt_to_movie:
    input:
        **weak_labels("{movie}"),
    output:
        weights=of_methods("weights.safetensors", "{movie}"),
        history=of_methods("history.parquet", "{movie}"),
        cross_fitted=of_methods("cross_fitted.safetensors", "{movie}"),
    log:
        "results/logs/adaptation/{movie}/adapt_to_movie.log",
    benchmark:
        "results/benchmarks/adaptation/{movie}/adapt_to_movie.tsv"
    conda:
        "../envs/castmap.yaml"
    threads: CORES_OF_A_FILM if HEAD_ONLY and ADAPT["devices"] == 1 else ADAPT["devices"]
    resources:
        **granted("adapt_to_movie"),
        gpu=TRAINING_GPUS,
    params:
        **TRAINING_PARAMS,
        centring=ADAPT["centring"][MOVIE],
        losses=json.dumps({method: loss_parameters(method) for method in METHODS}),
    shell:
        stage("adapt_to_movie", *TRAINING_CODE)


if ADAPTED:

    rule embed_adapted:
        input:
            pretrained_embeddings=PRETRAINED_EMBEDDINGS,
            faces=crops("results/{movie}/faces.zip", movie="{movie}"),
            weights=lambda wildcards: of_methods("weights.safetensors", scopes_of(wildcards)),
        output:
            embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=ADAPTED),
        log:
            "results/logs/{movie}/embed_adapted.log",
        conda:
            "../envs/castmap.yaml"
        resources:
            **granted("embed_adapted"),
            gpu=min(TRAINING_GPUS, 1),
        params:
            model=NETWORK,
            device=TRAINING_DEVICE,
        shell:
            stage("embed_adapted", *BACKBONE_CODE)


rule judge_models:
    input:
        **tables("tracklets", "cooccurrence"),
        embeddings=expand(
            "results/{{movie}}/embeddings.{model}.safetensors",
            model=[name for name, model in MODELS.items() if model.scope != MOVIE],
        ),
        cross_fitted=of_methods("cross_fitted.safetensors", ["{movie}"] * (MOVIE in SCOPES)),
    output:
        verdicts="results/{movie}/verdicts.json",
    log:
        "results/logs/{movie}/judge_models.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("judge_models"),
    params:
        **MODEL_PARAMS,
        trained_on=lambda wildcards: wildcards.movie in TRAINED_ON,
        folds=ADAPT["folds"],
        seed=config["seed"],
    shell:
        stage("judge_models")


rule choose_model:
    input:
        clusters=of_models("clusters.{model}.parquet"),
        calibrations=of_models("clusters.{model}.json"),
        verdicts="results/{movie}/verdicts.json",
        corpus_verdicts=expand("results/{movie}/verdicts.json", movie=[*TRAINED_ON, *HELD_OUT]),
    output:
        chosen_clusters="results/{movie}/clusters.chosen.parquet",
        chosen_calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
    log:
        "results/logs/{movie}/choose_model.log",
    # Two seconds are less than queueing takes.
    localrule: True
    conda:
        "../envs/castmap.yaml"
    params:
        **MODEL_PARAMS,
    shell:
        stage("choose_model")


rule describe_model:
    input:
        weights=of_methods("weights.safetensors", "{scope}"),
        choices=lambda wildcards: expand(
            "results/{movie}/choice.json",
            movie=MOVIES if wildcards.scope == CORPUS else wildcards.scope,
        ),
    output:
        cards=of_methods("model_card.md", "{scope}"),
    log:
        "results/logs/adaptation/{scope}/describe_model.log",
    # Two seconds are less than queueing takes.
    localrule: True
    conda:
        "../envs/castmap.yaml"
    shell:
        stage("describe_model")


rule adapt_all:
    input:
        expand("results/adaptation/{training}/weights.safetensors", training=TRAININGS),
