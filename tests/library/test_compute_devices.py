"""Which device a setting means, on a machine that may have none but the CPU."""

import pytest
import torch

from castmap.compute.devices import pick_device

SEEN = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}


def test_the_cpu_is_always_there():
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(SEEN["cuda"], reason="auto takes the GPU here")
def test_auto_takes_no_gpu_but_one_of_cuda():
    assert pick_device("auto") == torch.device("cpu")


@pytest.mark.parametrize("name", ["cuda", "cuda:3", "mps"])
def test_a_gpu_that_torch_does_not_see_is_refused(name):
    if SEEN[name.partition(":")[0]]:
        pytest.skip("it is there")
    with pytest.raises(
        ValueError, match=rf"device: {name} in config.yaml, but torch sees no .*use"
    ):
        pick_device(name)
