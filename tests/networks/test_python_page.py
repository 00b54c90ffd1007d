"""The code of docs/python.md runs, from top to bottom."""

import itertools
import re

from castmap.video.decoding import decode_frames, open_film
from tests.encoded_films import encode

SECONDS, FPS, SIZE = 3, 25, (480, 270)


def clip(film):
    """The first pictures of a film, small."""
    with open_film(film) as container:
        index = container.streams.video[0].index
        pictures = decode_frames(container, index, size=SIZE)
        return [picture for _, picture in itertools.islice(pictures, SECONDS * FPS)]


def test_the_page_runs(root, weights, tmp_path, monkeypatch, capsys):
    weights("centerface.safetensors")
    (tmp_path / "films").mkdir()
    (tmp_path / "resources").symlink_to(root / "resources")
    encode(tmp_path / "films/evening.mp4", clip(root / "resources/demo/films/demo_debate.mp4"))
    monkeypatch.chdir(tmp_path)
    names = {}
    blocks = re.findall(r"```python\n(.*?)```", (root / "docs/python.md").read_text(), re.DOTALL)
    assert len(blocks) == 10
    exec(blocks[0], names)
    film = names["found"]
    assert len(film.shots) >= 1
    assert len(film.detections) == len(film.embeddings) > 5
    assert film.appearances["character"].nunique() >= 1
    for block in blocks[1:]:
        exec(block, names)
    assert names["found"].appearances["character"].nunique() == 2
    assert names["cast"].characters.tolist() in ([0, 1, 0, 1], [0, 1, 1, 0])
    assert "homogeneity" in capsys.readouterr().out
