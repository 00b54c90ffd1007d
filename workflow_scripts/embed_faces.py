"""Embed the aligned crop of every detection of a film."""

from pathlib import Path

from castmap.catalogues import BACKBONES
from castmap.compute.devices import make_deterministic, pick_device
from castmap.embedding.networks import open_embedder
from castmap.formats.embeddings import write_embeddings
from castmap.formats.tables import Detections
from castmap.packages.pretrained import hash_pretrained
from castmap.packages.weights import is_trainable
from castmap.stages.arguments import Job, NewFile
from castmap.stages.command_line import as_command
from castmap.stages.crops import embed_archive
from castmap.stages.unfinished import Unfinished


def embed_faces(
    detections: Detections,
    faces: Path,
    weights: Path,
    embeddings: NewFile,
    job: Job,
    *,
    model: str,
    parameters: dict,
    device: str,
    threads: int,
    seed: int,
) -> None:
    """Embed the aligned crop of every detection of a film.

    Args:
        detections: the faces.
        faces: the archive of their crops.
        weights: pretrained; the network itself of a backbone that is given as a file.
        embeddings: row i for detection i.
        job: what this stage is told about itself.
        model: name of the backbone.
        parameters: its own, if it has some.
        device: auto, cpu, cuda, cuda:N or mps.
        threads: of the CPU; by a backbone of castmap's they change nothing in the result.
        seed: of numpy and torch.
    """
    picked = pick_device(device)
    alone = picked.type != "cpu" or not is_trainable(BACKBONES[model])
    make_deterministic(seed, threads if alone else 1)
    embedder = open_embedder(model, weights, parameters, picked)
    job = job.recording(weights_sha256=hash_pretrained(weights, model))
    inputs = [job.paths["detections"], faces]
    unfinished = Unfinished(embeddings, job, inputs, [BACKBONES[model].path])
    rows = embed_archive(
        embedder,
        faces,
        detections["detection"].tolist(),
        str(embeddings),
        unfinished,
        side_by_side=1 if alone else threads,
    )
    write_embeddings(embeddings, rows, job.record)
    unfinished.remove()


main = as_command(embed_faces)

if __name__ == "__main__":
    main()
