"""Adapt the embedding to the films by their weak labels, and let held-out ones decide on it.

REQUIRED INPUTS:
    weak labels and pretrained embeddings of the films; resources/splits/*.txt say which films are
    trained on and which are only judged on
OUTPUTS:
    results/adaptation/{scope}/{method}/weights.safetensors  the adapted network; scope is "corpus"
                                                             or a film's name
    results/adaptation/{scope}/{method}/history.parquet      the loss of each step
    results/adaptation/{scope}/{method}/model_card.md        what it is, saw and is worth
    results/{movie}/embeddings.{model}.safetensors           as by embed_faces, adapted
    results/{movie}/verdicts.json                            every model on held-out weak pairs
    results/{movie}/{choice.json,clusters.chosen.parquet}    which model clusters the film, and why
"""

LOSSES = "|".join(METHODS)


rule adapt_embedding:
    input:
        embeddings=of_scope(f"embeddings.{NETWORK}.safetensors"),
        tracklets=of_scope("tracklets.parquet"),
        cooccurrence=of_scope("cooccurrence.parquet"),
        hard_examples=of_scope("hard_examples.parquet"),
        faces=crops(of_scope("faces.zip")),
        weights=f"resources/weights/{NETWORK}.safetensors",
        code=code("adapt_embedding"),
    output:
        weights="results/adaptation/{scope}/{method}/weights.safetensors",
        history="results/adaptation/{scope}/{method}/history.parquet",
    log:
        "results/logs/adaptation/{scope}/adapt_embedding.{method}.log",
    benchmark:
        "results/benchmarks/adaptation/{scope}/adapt_embedding.{method}.tsv"
    wildcard_constraints:
        scope="|".join([CORPUS, *MOVIES]),
        method=f"{CENTRING}|{LOSSES}",
    conda:
        "../envs/castmap.yaml"
    resources:
        gpu=config["adapt"]["devices"],
    params:
        **{key: config["adapt"][key] for key in TRAINING_KEYS},
        movies=scope_movies,
        faces=lambda wildcards, input: option("--faces", input.faces),
        pull=lambda wildcards: config["adapt"]["pull"][scope_kind(wildcards.scope)],
        tracklets=config["mining"]["tracklets_per_track"],
        checkpoints="results/adaptation/checkpoints",
        network=NETWORK,
        device=config["device"],
        seed=config["seed"],
    shell:
        "python -m workflow_scripts.adapt_embedding --movies {params.movies}"
        " --embeddings {input.embeddings:q} --tracklets {input.tracklets:q}"
        " --cooccurrence {input.cooccurrence:q} --hard-examples {input.hard_examples:q}"
        " {params.faces} --model {params.network} --weights {input.weights:q}"
        " --method {wildcards.method} --trainable {params.trainable}"
        " --tracklets-per-track {params.tracklets} --held-out-share {params.held_out_share}"
        " --steps {params.steps} --batch {params.batch}"
        " --learning-rate {params.learning_rate} --pull {params.pull}"
        " --margin {params.margin} --radius {params.radius}"
        " --radius-weight {params.radius_weight} --precision {params.precision}"
        " --device {params.device} --devices {params.devices} --threads {threads}"
        " --seed {params.seed} --checkpoints {params.checkpoints}"
        " --out-weights {output.weights:q} --out-history {output.history:q} --log {log:q}"


rule embed_adapted:
    input:
        embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
        faces=crops(["results/{movie}/faces.zip"]),
        weights=adapted_weights,
        code=code("embed_adapted"),
    output:
        embeddings="results/{movie}/embeddings.{model}.safetensors",
    log:
        "results/logs/{movie}/embed_adapted.{model}.log",
    wildcard_constraints:
        model="|".join(ADAPTED) or "no_model",
    conda:
        "../envs/castmap.yaml"
    resources:
        gpu=0 if HEAD_ONLY else 1,
    params:
        faces=lambda wildcards, input: option("--faces", input.faces),
        network=NETWORK,
        device=config["device"],
    shell:
        "python -m workflow_scripts.embed_adapted --embeddings {input.embeddings:q}"
        " {params.faces} --model {params.network} --weights {input.weights:q}"
        " --device {params.device} --threads {threads}"
        " --out-embeddings {output.embeddings:q} --log {log:q}"


rule judge_models:
    input:
        tracklets="results/{movie}/tracklets.parquet",
        cooccurrence="results/{movie}/cooccurrence.parquet",
        embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=MODELS),
        code=code("judge_models"),
    output:
        verdicts="results/{movie}/verdicts.json",
    log:
        "results/logs/{movie}/judge_models.log",
    conda:
        "../envs/castmap.yaml"
    params:
        models=list(MODELS),
        held_out_share=held_out_share,
        seed=config["seed"],
    shell:
        "python -m workflow_scripts.judge_models --tracklets {input.tracklets:q}"
        " --cooccurrence {input.cooccurrence:q} --models {params.models}"
        " --embeddings {input.embeddings:q} --held-out-share {params.held_out_share}"
        " --seed {params.seed} --out-verdicts {output.verdicts:q} --log {log:q}"


rule choose_model:
    input:
        clusters=expand("results/{{movie}}/clusters.{model}.parquet", model=MODELS),
        verdicts="results/{movie}/verdicts.json",
        corpus_verdicts=expand("results/{movie}/verdicts.json", movie=[*TRAINED_ON, *HELD_OUT]),
        code=code("choose_model"),
    output:
        clusters="results/{movie}/clusters.chosen.parquet",
        choice="results/{movie}/choice.json",
    log:
        "results/logs/{movie}/choose_model.log",
    conda:
        "../envs/castmap.yaml"
    params:
        network=NETWORK,
        methods=config["adapt"]["methods"],
        scopes=SCOPES,
    shell:
        "python -m workflow_scripts.choose_model --network {params.network}"
        " --methods {params.methods} --scopes {params.scopes} --clusters {input.clusters:q}"
        " --verdicts {input.verdicts:q} --corpus-verdicts {input.corpus_verdicts:q}"
        " --out-clusters {output.clusters:q} --out-choice {output.choice:q} --log {log:q}"


rule describe_model:
    input:
        weights="results/adaptation/{scope}/{method}/weights.safetensors",
        choices=choices_of_scope,
        code=code("describe_model"),
    output:
        card="results/adaptation/{scope}/{method}/model_card.md",
    log:
        "results/logs/adaptation/{scope}/describe_model.{method}.log",
    conda:
        "../envs/castmap.yaml"
    params:
        model=lambda wildcards: model_of(wildcards.scope, wildcards.method),
        movies=movies_of_model,
    shell:
        "python -m workflow_scripts.describe_model --weights {input.weights:q}"
        " --model {params.model} --movies {params.movies} --choices {input.choices:q}"
        " --out-card {output.card:q} --log {log:q}"
