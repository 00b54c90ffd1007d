"""Embed the faces of a film by adapted networks, one after the other."""

from pathlib import Path

from castmap.adaptation.choice import model_of_training
from castmap.adaptation.head import apply_head, load_head
from castmap.adaptation.network import split_state
from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import InputError, logger
from castmap.embedding.networks import load_embedder
from castmap.files.hashing import sha256_file
from castmap.formats.embeddings import write_embeddings
from castmap.formats.sealed_weights import WeightsError
from castmap.formats.weights import load_sealed
from castmap.stages.arguments import ByModel, ByTraining, Embeddings, Job, NewFile
from castmap.stages.command_line import as_command
from castmap.stages.crops import embed_archive
from castmap.stages.unfinished import Unfinished


def embed_adapted(
    pretrained_embeddings: Embeddings,
    faces: Path | None,
    weights: ByTraining[Path],
    embeddings: ByModel[NewFile],
    job: Job,
    *,
    model: str,
    device: str,
    threads: int,
) -> None:
    """Embed the faces of a film by adapted networks, one after the other.

    Args:
        pretrained_embeddings: row i for detection i.
        faces: the archive of crops, where more than the head was trained.
        weights: the adapted networks.
        embeddings: by each of them, row i for detection i.
        job: what this stage is told about itself.
        model: name of the backbone.
        device: auto, cpu, cuda, cuda:N or mps.
        threads: of the CPU.
    """
    make_deterministic(0, threads)
    inputs = [job.paths["pretrained_embeddings"], *filter(None, [faces])]
    for training, path in weights.items():
        out = embeddings[model_of_training(model, training)]
        own_job = job.recording(weights_sha256=sha256_file(path))
        head, backbone = _read(path)
        unfinished = Unfinished(out, own_job, inputs)
        rows = pretrained_embeddings
        if backbone:
            if faces is None:
                raise InputError(f"{path}: holds a backbone, which needs --faces")
            embedder = load_embedder(model, backbone, pick_device(device))
            rows = embed_archive(embedder, faces, range(len(rows)), str(out), unfinished)
        write_embeddings(out, apply_head(load_head(head), rows), own_job.record)
        unfinished.remove()
        logger.info("%s: %d faces", out, len(rows))


def _read(weights: Path) -> tuple[dict, dict]:
    """The state of the head and of the backbone, which may be empty."""
    try:
        return split_state(load_sealed(weights)[0])
    except WeightsError as error:
        raise InputError(str(error)) from error


main = as_command(embed_adapted)

if __name__ == "__main__":
    main()
