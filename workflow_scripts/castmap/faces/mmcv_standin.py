"""The two compiled operations of mmcv that detectors need, in plain torch.

mmdet imports ``mmcv.ops``, which wants the compiled module ``mmcv._ext``; ``mmcv-lite`` has none,
and building it takes a compiler and many minutes. Where it is absent, ``install`` puts a module of
that name in its place, with nms and roi_align. Anything else it is asked for says what is missing.
Where the compiled module is present, it is used.
"""

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import torch

_NAME = "mmcv._ext"


class _StandIn(ModuleType):
    """Looks complete to mmcv, which checks names at import; fails when a missing one is called."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)

        def missing(*_args: object, **_kwargs: object) -> None:
            raise NotImplementedError(
                f"this detector needs mmcv's compiled operation {name}; install mmcv==2.1.0 "
                "instead of mmcv-lite, or choose another detector"
            )

        return missing


def install() -> None:
    """Put the stand-in in place, unless mmcv has its compiled module. Call before mmdet.models."""
    if _NAME in sys.modules or importlib.util.find_spec(_NAME) is not None:
        return
    module = _StandIn(_NAME)
    module.__spec__ = ModuleSpec(_NAME, loader=None)
    operations = {"nms": nms, "roi_align_forward": roi_align_forward}
    vars(module).update(operations, roi_align_backward=roi_align_backward)
    sys.modules[_NAME] = module


def nms(
    boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float, offset: int
) -> torch.Tensor:
    """Greedy non-maximum suppression.

    Args:
        boxes: [n, 4], x1, y1, x2, y2.
        scores: [n].
        iou_threshold: a box that overlaps a better one by more than this is dropped.
        offset: 1 where the last pixel belongs to the box, else 0.

    Returns:
        int64 [k], the boxes kept, best first; of equal scores, the earlier first.
    """
    order = scores.argsort(descending=True, stable=True)
    x1, y1, x2, y2 = boxes[order].float().unbind(1)
    areas = (x2 - x1 + offset) * (y2 - y1 + offset)
    alive = torch.ones(len(order), dtype=torch.bool, device=boxes.device)
    kept = []
    for best in range(len(order)):
        if not alive[best]:
            continue
        kept.append(best)
        width = (torch.minimum(x2, x2[best]) - torch.maximum(x1, x1[best]) + offset).clamp(min=0)
        height = (torch.minimum(y2, y2[best]) - torch.maximum(y1, y1[best]) + offset).clamp(min=0)
        shared = width * height
        # Not "<=": two empty boxes overlap by 0 / 0, and both are kept.
        alive &= ~(shared / (areas[best] + areas - shared) > iou_threshold)
    return order[torch.tensor(kept, dtype=torch.long, device=boxes.device)]


def _sample_axis(
    start: torch.Tensor, length: torch.Tensor, bins: int, samples: int, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Where an axis is read: lower and upper cell, weight of the upper, and 0 outside the map."""
    steps = torch.arange(bins * samples, dtype=start.dtype, device=start.device) + 0.5
    at = start + steps * length / (bins * samples)
    inside = ((at >= -1) & (at <= size)).to(start.dtype)
    at = at.clamp(0, size - 1)
    lower = at.floor().long()
    return lower, (lower + 1).clamp(max=size - 1), at - lower, inside


def _roi_align(
    maps: torch.Tensor,
    rois: torch.Tensor,
    bins: tuple[int, int],
    scale: float,
    samples: int,
    aligned: bool,
) -> torch.Tensor:
    """Bilinear samples of each region, averaged per bin (He et al., Mask R-CNN, 2017)."""
    height, width = maps.shape[2:]
    out = maps.new_zeros((len(rois), maps.shape[1], *bins))
    for index, roi in enumerate(rois):
        x1, y1, x2, y2 = roi[1:] * scale - (0.5 if aligned else 0.0)
        lengths = (y2 - y1, x2 - x1)
        if not aligned:
            lengths = tuple(length.clamp(min=1.0) for length in lengths)
        grid = [
            samples if samples > 0 else max(int(torch.ceil(length / n)), 1)
            for length, n in zip(lengths, bins, strict=True)
        ]
        top, bottom, dy, in_y = _sample_axis(y1, lengths[0], bins[0], grid[0], height)
        left, right, dx, in_x = _sample_axis(x1, lengths[1], bins[1], grid[1], width)
        source = maps[int(roi[0])]
        upper = source[:, top][:, :, left] * (1 - dx) + source[:, top][:, :, right] * dx
        lower = source[:, bottom][:, :, left] * (1 - dx) + source[:, bottom][:, :, right] * dx
        values = (upper * (1 - dy)[:, None] + lower * dy[:, None]) * in_y[:, None] * in_x
        shape = (maps.shape[1], bins[0], grid[0], bins[1], grid[1])
        out[index] = values.reshape(shape).mean(dim=(2, 4))
    return out


def roi_align_forward(  # noqa: PLR0913, PLR0917 (mmcv's signature)
    input: torch.Tensor,
    rois: torch.Tensor,
    output: torch.Tensor,
    argmax_y: torch.Tensor,
    argmax_x: torch.Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``output`` as mmcv's compiled function does; the names are those mmcv passes.

    Raises:
        NotImplementedError: for maximum pooling.
    """
    if pool_mode != 1:
        raise NotImplementedError("roi_align with pool_mode max needs the compiled mmcv==2.1.0")
    bins = (aligned_height, aligned_width)
    output.copy_(_roi_align(input, rois, bins, spatial_scale, sampling_ratio, aligned))


def roi_align_backward(  # noqa: PLR0913, PLR0917 (mmcv's signature)
    grad_output: torch.Tensor,
    rois: torch.Tensor,
    argmax_y: torch.Tensor,
    argmax_x: torch.Tensor,
    grad_input: torch.Tensor,
    aligned_height: int,
    aligned_width: int,
    spatial_scale: float,
    sampling_ratio: int,
    pool_mode: int,
    aligned: bool,
) -> None:
    """Fill ``grad_input`` with the gradient of roi_align_forward."""
    bins = (aligned_height, aligned_width)
    with torch.enable_grad():
        maps = torch.zeros_like(grad_input, requires_grad=True)
        pooled = _roi_align(maps, rois, bins, spatial_scale, sampling_ratio, aligned)
        (gradient,) = torch.autograd.grad(pooled, maps, grad_output)
    grad_input.copy_(gradient)
