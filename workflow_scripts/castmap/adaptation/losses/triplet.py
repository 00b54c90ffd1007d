"""The negative must be farther from the anchor than the positive, by a margin.

The plain triplet loss: the mean of [d(a,p) - d(a,n) + margin]+, d being the squared Euclidean
distance.
"""

import torch
import torch.nn.functional as F

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
    anchor, positive, negative = triplets
    return F.triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=_squared_distance, margin=margin
    )


def _squared_distance(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return (one - other).square().sum(dim=1)
