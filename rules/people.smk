"""Who the characters are: known people by their pictures, and by the films in which they were named.

REQUIRED INPUTS:
    resources/people/{name}/*                   pictures of known people; there need be none
    resources/people/cast.tsv                   who may be in which film; there need be none
    results/{movie}/corrected.parquet, corrections.json, {detections,corrected_tracks}.parquet, faces.zip,
    embeddings of the pretrained model
OUTPUTS:
    results/corpus/known_faces.parquet          the faces of the pictures
    results/corpus/pictures.json                how many there are, and which were refused, and why
    results/{movie}/remembered.parquet          the best faces of the characters that were named
    results/{movie}/names.parquet               who each character may be
    results/{movie}/name_evidence.parquet       the known faces that speak for it
    results/{movie}/characters.parquet          the characters that pages and exports show
"""

from castmap.planning.people import GALLERY
from castmap.settings.gallery import hash_gallery


rule enrol_people:
    input:
        detector_weights=config["faces"]["checkpoint"] or weights(OWN_DETECTOR),
        model=DETECTOR_FILES,
        weights=weights(NETWORK),
    output:
        known_faces="results/corpus/known_faces.parquet",
        pictures="results/corpus/pictures.json",
    log:
        "results/logs/enrol_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        gpu=gpus(1),
    params:
        **{name: config["faces"][name] for name in ("long_side_px", "min_score", "min_size_px")},
        gallery=GALLERY,
        fingerprint=lambda wildcards: hash_gallery(GALLERY),
        detector=config["faces"]["model"],
        model=NETWORK,
        parameters=json.dumps(parameters_of_backbone(config)),
        pins=[detector_pin(), pin(NETWORK)],
        device=config["device"],
        seed=config["seed"],
    shell:
        stage("enrol_people", IMPORTER, DETECTOR.member.path, BACKBONES[NETWORK].path)


rule remember_people:
    input:
        **tables("detections", "corrected"),
        **corrected_tables("tracks"),
        movie="results/{movie}/movie.json",
        embeddings=PRETRAINED_EMBEDDINGS,
        faces="results/{movie}/faces.zip",
    output:
        remembered="results/{movie}/remembered.parquet",
    log:
        "results/logs/{movie}/remember_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("remember_people"),
    shell:
        stage("remember_people")


rule name_characters:
    input:
        **tables("detections", "corrected"),
        **corrected_tables("tracks"),
        embeddings=PRETRAINED_EMBEDDINGS,
        journal="results/{movie}/corrections.json",
        known_faces=["results/corpus/known_faces.parquet"] * HAS_GALLERY,
        remembered=remembered,
    output:
        characters="results/{movie}/characters.parquet",
        names="results/{movie}/names.parquet",
        evidence="results/{movie}/name_evidence.parquet",
        known="results/{movie}/known_people.json",
    log:
        "results/logs/{movie}/name_characters.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("name_characters"),
    params:
        cast=cast,
        expected_error=config["people"]["expected_error"],
    shell:
        stage("name_characters")
