"""Mine the weak labels of one film: tracklets, cannot-links, must-links, and the hardest."""

from typing import NamedTuple

from castmap.console import logger
from castmap.formats.tables import (
    Cooccurrence,
    Detections,
    HardExamples,
    ImpossibleNegatives,
    MustLinks,
    Tracklets,
    Tracks,
)
from castmap.mining.film import MiningSettings, mine_film
from castmap.stages.arguments import Embeddings, Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    tracklets: Tracklets
    cooccurrence: Cooccurrence
    must_links: MustLinks
    hard_examples: HardExamples
    impossible_negatives: ImpossibleNegatives
    summary: Json


def mine_tracklets(
    detections: Detections,
    tracks: Tracks,
    embeddings: Embeddings,
    *,
    settings: MiningSettings,
    seed: int,
) -> Output:
    """Mine the weak labels of one film: tracklets, cannot-links, must-links, and the hardest.

    Args:
        detections: the faces.
        tracks: of the film.
        embeddings: pretrained; row i for detection i.
        settings: of the mining.
        seed: of k-means.
    """
    found = mine_film(tracks, detections, embeddings, settings, seed)
    logger.info("%s", found.summary)
    return Output(**found._asdict())


main = as_command(mine_tracklets)

if __name__ == "__main__":
    main()
