"""The negative must be farther from the anchor than the positive, by a margin.

The plain triplet loss: the mean of [d(a,p) - d(a,n) + margin]+, d being the squared Euclidean
distance.
"""

import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.reducers import MeanReducer

MEMBER = {
    "order": 1,
    "draws": "triplets",
    "parameters": {
        "margin": {
            "type": "number",
            "minimum": 0,
            "maximum": 4,
            "default": 1.0,
            "description": "by how much the negative must be farther; a squared distance, 0 to 4",
        },
    },
}


def loss(triplets: torch.Tensor, *, margin: float) -> torch.Tensor:
    """The mean of [d(a,p) - d(a,n) + margin]+, satisfied triplets included.

    Args:
        triplets: [3, n, d], unit rows: anchors, positives and negatives.
        margin: a squared distance, 0..4.

    Returns:
        A scalar, 0 or more.
    """
    n = triplets.shape[1]
    places = torch.arange(n, device=triplets.device)
    mean = TripletMarginLoss(
        margin=margin,
        distance=LpDistance(normalize_embeddings=False, p=2, power=2),
        reducer=MeanReducer(),  # the default leaves satisfied triplets out of the mean
    )
    return mean(
        triplets.flatten(0, 1),
        indices_tuple=(places, places + n, places + 2 * n),
    )
