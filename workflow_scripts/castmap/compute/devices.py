"""Where and how the networks run."""

import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch

from castmap.compute.leasing import GpuLeases


def pick_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps`` into a device.

    ``auto`` takes a GPU of CUDA if there is any. That of an Apple machine has to be asked for.

    A GPU is this process's alone, among castmap's, until it ends: see pick_devices.
    """
    return pick_devices(name, 1)[0]


def pick_devices(name: str, n: int) -> list[torch.device]:
    """The devices to run on: ``n`` GPUs that no other job of castmap uses, or the CPU.

    Only the GPUs that CUDA_VISIBLE_DEVICES allows are seen. Where they are in use, this waits.

    Raises:
        ValueError: a GPU is asked for where torch sees none, or more than it sees.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(name)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ValueError("device: mps in config.yaml, but torch sees no Apple GPU; use auto or cpu")
    if device.type != "cuda":
        return [device]
    if not torch.cuda.is_available():
        raise ValueError(f"device: {name} in config.yaml, but torch sees no GPU; use auto or cpu")
    seen = range(torch.cuda.device_count())
    wanted = list(seen) if device.index is None else [device.index]
    if n > len(wanted):
        raise ValueError(f"device: {name} is {len(wanted)} GPU, but adapt.devices is {n}")
    if wanted[-1] not in seen:
        raise ValueError(
            f"device: {name} in config.yaml, but torch sees {len(seen)} GPUs; use auto"
        )
    return [torch.device("cuda", gpu) for gpu in _leases().take(wanted, n)]


@cache
def _leases() -> GpuLeases:
    count = torch.cuda.device_count()
    names = [str(torch.cuda.get_device_properties(gpu).uuid) for gpu in range(count)]
    return GpuLeases(names, Path(tempfile.gettempdir()) / f"castmap-gpus-{os.getuid()}")


def make_deterministic(seed: int, threads: int) -> None:
    """Seed numpy and torch and fix the number of CPU threads.

    The number of threads changes the order of sums and so the last bits of results.
    """
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
