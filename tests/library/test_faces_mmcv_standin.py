"""Our plain versions of mmcv's compiled operations against their definitions, read literally."""

import math
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.faces import mmcv_standin
from castmap.tracks.boxes import pairwise_iou


def some_boxes(count, seed, size=50.0):
    generator = torch.Generator().manual_seed(seed)
    corners = torch.rand(count, 2, generator=generator) * size
    sides = torch.rand(count, 2, generator=generator) * size / 2 + 1
    return torch.cat([corners, corners + sides], dim=1)


@settings(max_examples=40)
@given(st.integers(0, 30), st.integers(0, 10**6), st.sampled_from([0.1, 0.3, 0.5, 0.9]))
def test_nms_keeps_a_box_if_no_better_kept_one_overlaps_it(count, seed, threshold):
    boxes = some_boxes(count, seed)
    scores = torch.rand(count, generator=torch.Generator().manual_seed(seed + 1))
    overlap = pairwise_iou(boxes.numpy(), boxes.numpy())
    wanted = []
    for box in np.argsort(-scores.numpy(), kind="stable"):
        if all(overlap[box, better] <= threshold for better in wanted):
            wanted.append(int(box))
    assert mmcv_standin.nms(boxes, scores, threshold, 0).tolist() == wanted


def test_nms_with_an_offset_counts_the_last_pixel():
    boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0], [5.0, 0.0, 14.0, 9.0]])
    scores = torch.tensor([0.9, 0.8])
    # 50 of 150 pixels are shared with the last pixel, 36 of 126 without.
    assert mmcv_standin.nms(boxes, scores, 0.3, 1).tolist() == [0]
    assert mmcv_standin.nms(boxes, scores, 0.3, 0).tolist() == [0, 1]


def bilinear(plane, y, x):
    """A map between its cells; constant for a cell beyond its edge, then 0."""
    height, width = plane.shape
    if not (-1 <= y <= height and -1 <= x <= width):
        return plane.new_zeros(())
    y, x = min(max(y, 0), height - 1), min(max(x, 0), width - 1)
    top, left = int(y), int(x)
    bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
    dy, dx = y - top, x - left
    return (
        plane[top, left] * (1 - dy) * (1 - dx)
        + plane[top, right] * (1 - dy) * dx
        + plane[bottom, left] * dy * (1 - dx)
        + plane[bottom, right] * dy * dx
    )


def roi_align_by_definition(maps, roi, bins, scale, samples, aligned):
    """Mask R-CNN, section 3: the mean of bilinear samples in each bin; one region."""
    shift = 0.5 if aligned else 0.0
    x1, y1, x2, y2 = (float(edge) * scale - shift for edge in roi[1:])
    height, width = y2 - y1, x2 - x1
    if not aligned:
        height, width = max(height, 1), max(width, 1)
    rows = samples or max(math.ceil(height / bins[0]), 1)
    columns = samples or max(math.ceil(width / bins[1]), 1)
    values = []
    for plane in maps[int(roi[0])]:
        for i in range(bins[0]):
            for j in range(bins[1]):
                inside = [
                    bilinear(
                        plane,
                        y1 + (i + (p + 0.5) / rows) * height / bins[0],
                        x1 + (j + (q + 0.5) / columns) * width / bins[1],
                    )
                    for p in range(rows)
                    for q in range(columns)
                ]
                values.append(torch.stack(inside).mean())
    return torch.stack(values).reshape(maps.shape[1], *bins)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("samples", [0, 2])
def test_roi_align_and_its_gradient_follow_the_definition(aligned, samples):
    generator = torch.Generator().manual_seed(3)
    maps = torch.rand(2, 2, 10, 12, generator=generator, dtype=torch.float64, requires_grad=True)
    rois = torch.cat([torch.tensor([[0.0], [1.0], [1.0], [0.0]]), some_boxes(4, 8, 40)], dim=1)
    rois = rois.double()
    wanted = torch.stack(
        [roi_align_by_definition(maps, roi, (3, 2), 0.25, samples, aligned) for roi in rois]
    )
    shape = (3, 2, 0.25, samples, 1, aligned)
    ours, unused = torch.empty_like(wanted), torch.empty(0)
    mmcv_standin.roi_align_forward(maps.detach(), rois, ours, unused, unused, *shape)
    assert torch.allclose(ours, wanted, atol=1e-9)
    gradient = torch.rand(wanted.shape, generator=generator, dtype=torch.float64)
    wanted.backward(gradient)
    our_gradient = torch.zeros_like(maps)
    mmcv_standin.roi_align_backward(gradient, rois, unused, unused, our_gradient, *shape)
    assert torch.allclose(our_gradient, maps.grad, atol=1e-9)


def test_what_is_not_there_says_what_would_have_it():
    mmcv_standin.install()
    compiled = sys.modules["mmcv._ext"]
    assert isinstance(compiled, mmcv_standin._StandIn)
    with pytest.raises(NotImplementedError, match=r"deform_conv_forward; install mmcv==2\.1\.0"):
        compiled.deform_conv_forward()
    with pytest.raises(NotImplementedError, match="pool_mode max"):
        mmcv_standin.roi_align_forward(*[None] * 9, 0, True)


def test_mmcv_itself_runs_on_the_stand_in():
    mmcv_standin.install()
    from mmcv.ops import nms, roi_align

    boxes, scores = some_boxes(20, 5), torch.rand(20, generator=torch.Generator().manual_seed(6))
    kept = mmcv_standin.nms(boxes, scores, 0.3, 0)
    assert len(kept) < 20
    assert nms(boxes, scores, 0.3)[1].tolist() == kept.tolist()
    maps = torch.rand(1, 2, 10, 12, generator=torch.Generator().manual_seed(7), requires_grad=True)
    roi = torch.tensor([[0.0, 4.0, 8.0, 30.0, 36.0]])
    pooled = roi_align(maps, roi, (3, 2), 0.25, 2, "avg", True)
    wanted = roi_align_by_definition(maps.detach(), roi[0], (3, 2), 0.25, 2, True)
    assert torch.allclose(pooled[0], wanted, atol=1e-5)
    pooled.sum().backward()
    # The region lies inside the map, so each bin's gradient reaches it whole.
    assert float(maps.grad.sum()) == pytest.approx(pooled.numel(), rel=1e-5)


def test_nms_keeps_empty_boxes():
    boxes, scores = torch.zeros(2, 4), torch.tensor([0.5, 0.6])
    assert mmcv_standin.nms(boxes, scores, 0.5, 0).tolist() == [1, 0]


def test_nms_of_no_boxes_keeps_none():
    kept = mmcv_standin.nms(torch.zeros(0, 4), torch.zeros(0), 0.5, 0)
    assert kept.shape == (0,)
    assert kept.dtype == torch.int64
