"""What a job asks of the machine: time and memory by the length of its film, and GPUs.

REQUIRED INPUTS:
    rules/common.smk; workflow_scripts/castmap/planning/requests.py holds the figures
DEFINES:
    granted             the resources of a rule: wall time in minutes, and memory in MB
    gpus                the number of GPUs that it asks for
    CORES_OF_A_FILM     the cores that a job may take: a share for each film still to be searched
    TRAINING_GPUS, TRAINING_DEVICE  where training runs
    HEAD_ONLY           nothing but the head is trained, so that no crop is read
"""

from os.path import exists

from castmap.adaptation.trainable import HEADS
from castmap.planning import requests

MOST_THREADS = 8  # the networks are small, and their pictures too
# A head is trained in seconds without a GPU, and takes one only where config.yaml names it. A job
# uses no GPU that it has not asked for: it would be another's.
HEAD_ONLY = config["adapt"]["trainable"] in HEADS
WANTS_GPU = config["device"].startswith("cuda") or (config["device"] == "auto" and not HEAD_ONLY)
# Films that were not searched for faces yet. If all were, any may be searched again.
TO_SEARCH = [name for name in MOVIES if not exists(f"results/{name}/detections.parquet")] or MOVIES
# A cluster's job reads this, too, on a machine of other cores: it has what it was given.
CORES = snakemake_internals.cores(workflow) if snakemake_internals.is_main_process(workflow) else 1
CORES_OF_A_FILM = min(MOST_THREADS, max(1, (CORES or 1) // max(1, len(TO_SEARCH))))
TRAINING_GPUS = config["adapt"]["devices"] if WANTS_GPU else 0
TRAINING_DEVICE = config["device"] if WANTS_GPU else "cpu"


def granted(rule, movies=None):
    """Resources of a rule: wall time and memory by the length of its film, or of these films."""

    def asked(ask):
        def resource(wildcards, attempt):
            films = [wildcards.movie] if movies is None else movies
            return ask(rule, sum(requests.length_s(ALL_MOVIES[film]) for film in films), attempt)

        return resource

    return {"runtime": asked(requests.runtime_min), "mem_mb": asked(requests.memory_mb)}


def gpus(number):
    """GPUs a job asks for, where there may be any."""
    return 0 if config["device"] == "cpu" else number
