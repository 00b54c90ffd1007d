"""WebVTT exports, in the player of a real browser."""

import json

import pytest

from castmap.exports.cast import find_spells
from castmap.exports.chapters import build_chapters
from castmap.exports.webvtt import build_metadata
from castmap.formats.names import one_line
from tests.library.exports_example import example

READ_CUES = """async ([text, kind]) => {
    const track = document.createElement("track");
    track.kind = kind;
    track.src = URL.createObjectURL(new Blob([text], {type: "text/vtt"}));
    document.querySelector("video").append(track);
    track.track.mode = "hidden";
    await new Promise((loaded, failed) => { track.onload = loaded; track.onerror = failed; });
    return [...track.track.cues].map((cue) => [
        cue.startTime, cue.endTime, cue.text, cue.getCueAsHTML().textContent
    ]);
}"""


@pytest.fixture(scope="module")
def read_cues(chromium):
    """A function from a WebVTT text and its kind to start, end, text and displayed text of cues."""
    page = chromium.new_page()
    page.set_content("<video></video>")
    yield lambda text, kind: page.evaluate(READ_CUES, [text, kind])
    page.close()


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "Ann --> Ben",
        "Ann\n\n00:00:00.000 --> 00:00:09.000\nBen",
        "<v Ann><script>alert(1)</script>",
        "&amp; &lt;",
        "\u200fنجيب\u200f",
    ],
    ids=ascii,
)
def test_a_browser_reads_the_cues_and_every_name(read_cues, name):
    _, appearances, _ = example({"C01": name})
    label = one_line(name)
    cues = read_cues(build_metadata(appearances), "metadata")
    assert [cue[:2] for cue in cues] == [[0, 0.5], [0, 0.25], [0.5, 1.2]]
    assert [json.loads(cue[2])["label"] for cue in cues] == [label, "C02", label]
    chapters = read_cues(build_chapters(find_spells(appearances, join_touching=True)), "chapters")
    assert [[*cue[:2], cue[3]] for cue in chapters] == [
        [0, 0.25, f"{label}, C02"],
        [0.25, 1.2, label],
    ]
