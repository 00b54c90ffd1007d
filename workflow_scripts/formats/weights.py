"""Weights as files hold them, put into a network."""

import torch
from torch import nn


def fill_network(network: nn.Module, state: dict[str, torch.Tensor], name: str) -> None:
    """Put weights into a network.

    Args:
        network: takes the weights.
        state: its state dict; the counters of batches seen, which are no weights, may be missing.
        name: what the network is called in the error.

    Raises:
        RuntimeError: the weights are another network's.
    """
    missing, unexpected = network.load_state_dict(state, strict=False)
    missing = [key for key in missing if not key.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise RuntimeError(
            f"weights do not fit {name}: missing {missing[:3]}, unexpected {unexpected[:3]}"
        )
