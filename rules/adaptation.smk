"""Adapt the embedding to the films by their weak labels, and let held-out ones decide on it.

REQUIRED INPUTS:
    weak labels and pretrained embeddings of the films; resources/splits/*.txt say which films are
    trained on and which are only judged on
OUTPUTS:
    results/adaptation/{scope}/{method}/weights.safetensors  the adapted network; scope is "corpus"
                                                             or a film's name
    results/adaptation/{scope}/{method}/history.parquet      the loss of each step
    results/adaptation/{movie}/{method}/cross_fitted.safetensors  the film's faces, each embedded
                                                             by a network that has not seen its track
    results/adaptation/{scope}/{method}/model_card.md        what it is, saw and is worth
    results/{movie}/embeddings.{model}.safetensors           as by embed_faces, adapted
    results/{movie}/verdicts.json                            every model on weak pairs new to it
    results/{movie}/{choice.json,clusters.chosen.parquet}    which model clusters the film, and why
    adapt_all                                                the target of all networks
"""

# What both ways of adapting take from the configuration.
TRAINING = (
    f" --model {NETWORK} --trainable {{params.trainable}} --folds {{params.folds}}"
    " --tracklets-per-track {params.tracklets} --steps {params.steps} --batch {params.batch}"
    " --learning-rate {params.learning_rate} --pull {params.pull}"
    " --centring {params.centring} --margin {params.margin} --radius {params.radius}"
    " --radius-weight {params.radius_weight}"
    " --precision {params.precision} --device {params.device} --devices {params.devices}"
    " --threads {threads} --seed {params.seed} --checkpoints results/adaptation/checkpoints"
)
TRAINING_PARAMS = {
    **{key: value for key, value in config["adapt"].items() if key in TRAINING_KEYS},
    "tracklets": config["mining"]["tracklets_per_track"],
    "device": TRAINING_DEVICE,
    "pin": pin(NETWORK),
    "seed": config["seed"],
}


rule adapt_embedding:
    input:
        embeddings=expand(
            "results/{movie}/embeddings.{model}.safetensors", movie=TRAINED_ON, model=NETWORK
        ),
        tracklets=expand("results/{movie}/tracklets.parquet", movie=TRAINED_ON),
        cooccurrence=expand("results/{movie}/cooccurrence.parquet", movie=TRAINED_ON),
        hard_examples=expand("results/{movie}/hard_examples.parquet", movie=TRAINED_ON),
        faces=crops(expand("results/{movie}/faces.zip", movie=TRAINED_ON)),
        weights=weights(NETWORK),
        code=code("adapt_embedding", IMPORTER),
    output:
        weights=f"results/adaptation/{CORPUS}/{{method}}/weights.safetensors",
        history=f"results/adaptation/{CORPUS}/{{method}}/history.parquet",
    log:
        f"results/logs/adaptation/{CORPUS}/adapt_embedding.{{method}}.log",
    benchmark:
        f"results/benchmarks/adaptation/{CORPUS}/adapt_embedding.{{method}}.tsv"
    conda:
        "../envs/castmap.yaml"
    threads: config["adapt"]["devices"]
    resources:
        **granted("adapt_embedding", TRAINED_ON),
        gpu=TRAINING_GPUS,
    params:
        **TRAINING_PARAMS,
        movies=TRAINED_ON,
        faces=lambda wildcards, input: option("--faces", input.faces),
        centring=config["adapt"]["centring"][CORPUS],
    shell:
        "python {SCRIPTS}/adapt_embedding.py --movies {params.movies}"
        " --embeddings {input.embeddings:q} --tracklets {input.tracklets:q}"
        " --cooccurrence {input.cooccurrence:q} --hard-examples {input.hard_examples:q}"
        " {params.faces} --weights {input.weights:q} --method {wildcards.method}"
        f"{TRAINING}"
        " --out-weights {output.weights:q} --out-history {output.history:q} --log {log:q}"


rule adapt_to_movie:
    input:
        embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
        tracklets="results/{movie}/tracklets.parquet",
        cooccurrence="results/{movie}/cooccurrence.parquet",
        hard_examples="results/{movie}/hard_examples.parquet",
        faces=crops(["results/{movie}/faces.zip"]),
        weights=weights(NETWORK),
        code=code("adapt_to_movie", IMPORTER),
    output:
        weights=of_methods("results/adaptation/{{movie}}/{method}/weights.safetensors"),
        history=of_methods("results/adaptation/{{movie}}/{method}/history.parquet"),
        cross_fitted=of_methods("results/adaptation/{{movie}}/{method}/cross_fitted.safetensors"),
    log:
        "results/logs/adaptation/{movie}/adapt_to_movie.log",
    benchmark:
        "results/benchmarks/adaptation/{movie}/adapt_to_movie.tsv"
    conda:
        "../envs/castmap.yaml"
    threads: config["adapt"]["devices"]
    resources:
        **granted("adapt_to_movie"),
        gpu=TRAINING_GPUS,
    params:
        **TRAINING_PARAMS,
        methods=[CENTRING, *METHODS],
        faces=lambda wildcards, input: option("--faces", input.faces),
        centring=config["adapt"]["centring"][MOVIE],
    shell:
        "python {SCRIPTS}/adapt_to_movie.py --movie {wildcards.movie}"
        " --embeddings {input.embeddings:q} --tracklets {input.tracklets:q}"
        " --cooccurrence {input.cooccurrence:q} --hard-examples {input.hard_examples:q}"
        " {params.faces} --weights {input.weights:q} --methods {params.methods}"
        f"{TRAINING}"
        " --out-weights {output.weights:q} --out-history {output.history:q}"
        " --out-cross-fitted {output.cross_fitted:q} --log {log:q}"


if ADAPTED:

    rule embed_adapted:
        input:
            embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
            faces=crops(["results/{movie}/faces.zip"]),
            weights=adapted_weights,
            code=code("embed_adapted"),
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
            faces=lambda wildcards, input: option("--faces", input.faces),
            network=NETWORK,
            device=TRAINING_DEVICE,
        shell:
            "python {SCRIPTS}/embed_adapted.py --embeddings {input.embeddings:q}"
            " {params.faces} --model {params.network} --weights {input.weights:q}"
            " --device {params.device} --threads {threads}"
            " --out-embeddings {output.embeddings:q} --log {log:q}"


rule judge_models:
    input:
        tracklets="results/{movie}/tracklets.parquet",
        cooccurrence="results/{movie}/cooccurrence.parquet",
        embeddings=unseen_embeddings,
        code=code("judge_models"),
    output:
        verdicts="results/{movie}/verdicts.json",
    log:
        "results/logs/{movie}/judge_models.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("judge_models"),
    params:
        network=NETWORK,
        methods=METHODS,
        scopes=SCOPES,
        first_fold_only=learnt_from_movie,
        folds=config["adapt"]["folds"],
        seed=config["seed"],
    shell:
        "python {SCRIPTS}/judge_models.py --tracklets {input.tracklets:q}"
        " --cooccurrence {input.cooccurrence:q} --network {params.network}"
        " --methods {params.methods} --scopes {params.scopes} --embeddings {input.embeddings:q}"
        " --first-fold-only {params.first_fold_only} --folds {params.folds}"
        " --seed {params.seed} --out-verdicts {output.verdicts:q} --log {log:q}"


rule choose_model:
    input:
        clusters=expand("results/{{movie}}/clusters.{model}.parquet", model=MODELS),
        calibrations=expand("results/{{movie}}/clusters.{model}.json", model=MODELS),
        verdicts="results/{movie}/verdicts.json",
        corpus_verdicts=expand("results/{movie}/verdicts.json", movie=[*TRAINED_ON, *HELD_OUT]),
        code=code("choose_model"),
    output:
        clusters="results/{movie}/clusters.chosen.parquet",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
    log:
        "results/logs/{movie}/choose_model.log",
    conda:
        "../envs/castmap.yaml"
    params:
        network=NETWORK,
        methods=METHODS,
        scopes=SCOPES,
    shell:
        "python {SCRIPTS}/choose_model.py --network {params.network}"
        " --methods {params.methods} --scopes {params.scopes} --clusters {input.clusters:q}"
        " --calibrations {input.calibrations:q}"
        " --verdicts {input.verdicts:q} --corpus-verdicts {input.corpus_verdicts:q}"
        " --out-clusters {output.clusters:q} --out-calibration {output.calibration:q}"
        " --out-choice {output.choice:q} --log {log:q}"


rule describe_model:
    input:
        weights=of_methods("results/adaptation/{{scope}}/{method}/weights.safetensors"),
        choices=choices_of_scope,
        code=code("describe_model"),
    output:
        cards=of_methods("results/adaptation/{{scope}}/{method}/model_card.md"),
    log:
        "results/logs/adaptation/{scope}/describe_model.log",
    conda:
        "../envs/castmap.yaml"
    params:
        models=models_of_scope,
        movies=movies_of_model,
    shell:
        "python {SCRIPTS}/describe_model.py --weights {input.weights:q}"
        " --models {params.models} --movies {params.movies} --choices {input.choices:q}"
        " --out-cards {output.cards:q} --log {log:q}"


rule adapt_all:
    input:
        expand("results/adaptation/{training}/weights.safetensors", training=TRAININGS),
