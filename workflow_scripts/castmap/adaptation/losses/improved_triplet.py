"""The negative must be far from both faces of the pair, and the pair within a radius.

The mean of [d(a,p) - (d(a,n) + d(p,n)) / 2 + margin]+ + radius_weight [d(a,p) - radius]+, d being
the squared Euclidean distance. Somandepalli, Hebbar, Narayanan, "Robust Character Labeling in Movie
Videos" (arXiv 2008.11289).
"""

import torch

MEMBER = {
    "order": 2,
    "draws": "triplets",
    "parameters": {
        "margin": {
            "type": "number",
            "minimum": 0,
            "maximum": 4,
            "default": 1.0,
            "description": "by how much the negative must be farther; a squared distance, 0 to 4",
        },
        "radius": {
            "type": "number",
            "minimum": 0,
            "maximum": 4,
            "default": 0.8,
            "description": "how far apart a pair may be; a squared distance, 0 to 4",
        },
        "radius_weight": {
            "type": "number",
            "minimum": 0,
            "maximum": 1000,
            "default": 0.1,
            "description": "how much the radius counts; a number, 0 to 1000",
        },
    },
}


def loss(
    triplets: torch.Tensor, *, margin: float, radius: float, radius_weight: float
) -> torch.Tensor:
    """See the module; the plain triplet loss has no radius and ignores d(p,n).

    Args:
        triplets: [3, n, d], unit rows: anchors, positives and negatives.
        margin: a squared distance, 0..4.
        radius: a squared distance, 0..4.
        radius_weight: 0 or more.

    Returns:
        A scalar, 0 or more.
    """
    anchor, positive, negative = triplets
    pair = _squared_distance(anchor, positive)
    apart = (_squared_distance(anchor, negative) + _squared_distance(positive, negative)) / 2
    return ((pair - apart + margin).relu() + radius_weight * (pair - radius).relu()).mean()


def _squared_distance(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return (one - other).square().sum(dim=1)
