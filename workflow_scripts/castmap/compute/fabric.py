"""The devices that a network is trained on, side by side."""

from typing import Any, cast

from lightning_fabric import Fabric
from lightning_fabric.plugins.environments import LightningEnvironment

from castmap.compute.devices import pick_devices


def make_fabric(device: str, n_devices: int, precision: str) -> Fabric:
    """Choose what a network is trained on.

    Args:
        device: auto, cpu, cuda or cuda:N.
        n_devices: how many of them; each draws its own batches, and gradients are averaged.
        precision: as Lightning names it: 32-true, 16-mixed, bf16-mixed.

    Raises:
        ValueError: a GPU is asked for where torch sees none, or more of them than it sees.
    """
    chosen = pick_devices(device, n_devices)
    kind = chosen[0].type
    devices = n_devices if kind == "cpu" else [gpu.index for gpu in chosen]
    strategy = "ddp_spawn" if n_devices > 1 else "auto"
    # A cluster's job is one task with several devices. By itself Fabric would take it for one of
    # several tasks, as soon as it saw SLURM's variables, and start no process for the others.
    return Fabric(
        accelerator=kind,
        devices=devices,
        strategy=strategy,
        precision=cast("Any", precision),  # Lightning types its names one by one
        plugins=[LightningEnvironment()],
    )
