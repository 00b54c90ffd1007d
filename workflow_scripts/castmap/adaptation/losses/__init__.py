"""The losses that adaptation may minimise: one module for each, and no other place names it.

A new loss is a module of this package, or of an installed package that names it in its entry points
(``[castmap.losses]``). It declares a dictionary of literals and defines one function:

    MEMBER = {
        "draws": "triplets",
        "parameters": {
            "margin": {
                "type": "number", "minimum": 0, "maximum": 4, "default": 1.0,
                "description": "a squared distance, 0 to 4",
            },
        },
    }

    def loss(triplets: torch.Tensor, *, margin: float) -> torch.Tensor: ...

``draws`` says what a batch holds, and so what the function is given: float [k, n, d], unit rows.
    triplets: n hard examples; k = 3: anchors, positives (of the anchor's track) and negatives (of a
        track that cannot be the same person).
    views: n different tracks; k = ``mining.tracklets_per_track``: of each, one face per tracklet.
``parameters`` are the function's keyword-only arguments, each a JSON schema. Users set them in
config.yaml under ``adapt.losses`` and the loss's name.
The function returns a scalar to be minimised, differentiable, on any device and in any precision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from castmap.catalogues import LOSSES


@dataclass(frozen=True)
class Loss:
    """A loss and its parameters.

    Attributes:
        name: of its module.
        parameters: by name, all of them.
        draws: what a batch holds: ``triplets`` or ``views``.
        compute: from float [k, n, d], unit rows, a scalar.
    """

    name: str
    parameters: Mapping[str, object]
    draws: str
    compute: Callable[[torch.Tensor], torch.Tensor]


def load_loss(name: str, parameters: Mapping[str, object]) -> Loss:
    """Import a loss.

    Args:
        name: of a member of the catalogue.
        parameters: its own; those that are missing have their defaults.

    Raises:
        CatalogueError: there is no such loss; the message lists those that there are.
        ValueError: it has no such parameter.
    """
    member = LOSSES[name]
    if unknown := sorted(parameters.keys() - member.parameters.keys()):
        known = ", ".join(member.parameters) or "none"
        raise ValueError(f"{name} has no parameter {', '.join(unknown)}; it has {known}")
    defaults = {key: schema["default"] for key, schema in member.parameters.items()}
    complete = defaults | dict(parameters)
    compute = partial(member.load().loss, **complete)
    return Loss(name, complete, member.declared["draws"], compute)
