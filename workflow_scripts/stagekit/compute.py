"""Where and how the networks run."""

import numpy as np
import torch


def pick_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda`` or ``cuda:N`` into a device; ``auto`` takes a GPU if any.

    Raises:
        ValueError: a GPU is asked for where torch sees none.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"device: {name} in config.yaml, but torch sees no GPU; use auto or cpu")
    return device


def make_deterministic(seed: int, threads: int) -> None:
    """Seed numpy and torch and fix the number of CPU threads.

    The number of threads changes the order of sums and so the last bits of results.
    """
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
