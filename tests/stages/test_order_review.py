"""One person twice in the picture: the audit list knows, the review asks, the answer holds."""

import numpy as np

import mine_tracklets
import name_characters
import order_review
from castmap.files.results import read_table
from castmap.formats.corrections import Correction, Face
from castmap.formats.tables import COOCCURRENCE, REVIEW
from tests.stages.test_correct_characters import WHEN, corrected
from tests.synthetic_films import ANN, BEN

# A split screen: Ann left and right at once, and Ben beside her, three times each.
FILM = [
    (track, range(start, start + 20), left, who)
    for start in (0, 30, 60)
    for track, left, who in (
        (start // 10, 0, ANN),
        (start // 10 + 1, 400, ANN),
        (start // 10 + 2, 800, BEN),
    )
]


def face(track):
    _, frames, left, _ = FILM[track]
    return Face(frames[5] / 10, left / 1000, 0, (left + 60) / 1000, 80 / 400)


def said(action, track, other):
    return [Correction(0, 1, WHEN, action, face(track), face(other))]


def ask(folder, corrections):
    """The CHARACTERS table under corrections, and what is asked then."""
    vary = np.random.default_rng(1)

    def vary_looks(vectors):
        """The same people, with a face that changes."""
        varied = vectors + vary.normal(0, 0.04, vectors.shape)
        return varied / np.linalg.norm(varied, axis=1, keepdims=True)

    characters, journal = corrected(folder, *corrections, film=FILM, vary=vary_looks)
    inputs = {name: folder / f"{name}.parquet" for name in ("detections", "tracks")}
    mining = {**inputs, "embeddings": folder / "embeddings.sface.safetensors"}
    mining |= {"tracklets-per-track": 3, "min-faces-per-tracklet": 2, "impossible-share": 0.1}
    mining |= {"hardest-share": 0.5, "threading": True, "seed": 0}
    mining |= {"out-cooccurrence": folder / "cooccurrence.parquet"}
    for name in ("tracklets", "must-links", "hard-examples", "impossible-negatives", "summary"):
        mining[f"out-{name}"] = folder / f"mined.{name}"
    mine_tracklets.main([f"--{name}={value}" for name, value in mining.items()])
    asking = {**inputs, "embeddings": folder / "embeddings.sface.safetensors"}
    asking |= {"cooccurrence": folder / "cooccurrence.parquet", "choice": folder / "choice.json"}
    name_characters.main(
        [
            *(f"--{name}={path}" for name, path in inputs.items()),
            f"--embeddings={folder / 'embeddings.sface.safetensors'}",
            f"--corrected={folder / 'corrected.parquet'}",
            f"--journal={folder / 'corrections.json'}",
            *("--remembered", "--cast=None", "--expected-error=0.01"),
            f"--out-characters={folder / 'characters.parquet'}",
            f"--out-names={folder / 'names.parquet'}",
            f"--out-evidence={folder / 'name_evidence.parquet'}",
            f"--out-known={folder / 'known_people.json'}",
        ]
    )
    asking |= {
        "characters": folder / "characters.parquet",
        "names": folder / "names.parquet",
        "calibration": folder / "clusters.sface.json",
    }
    asking |= {"journal": folder / "corrections.json", "calibration-model": "sface"}
    asking["out-review"] = folder / "review.parquet"
    order_review.main([f"--{name}={value}" for name, value in asking.items()])
    return characters, journal, read_table(folder / "review.parquet", REVIEW)


def test_the_audit_list_is_asked_about_and_the_answer_holds(tmp_path):
    characters, _, review = ask(tmp_path, [])
    pairs = read_table(tmp_path / "cooccurrence.parquet", COOCCURRENCE)
    impossible = pairs.loc[pairs["kind"] == "impossible", ["track", "other_track"]]
    assert impossible.to_numpy().tolist() == [[0, 1], [3, 4], [6, 7]]
    assert characters["character"].nunique() == 3  # she is two people, for she is seen at once
    twice = review[review["kind"] == "twice"]
    assert len(twice) == 1 and review["kind"].iloc[0] == "twice"  # once, and first
    pair = twice[["track", "other_track"]].to_numpy(int)[0].tolist()
    assert pair in impossible.to_numpy().tolist()
    characters, journal, review = ask(tmp_path, said("merge", *reversed(pair)))
    who = characters["character"].tolist()
    assert who[0] == who[1] == who[3] == who[4] == who[6] == who[7] != who[2] == who[5] == who[8]
    assert [row["status"] for row in journal["rows"]] == ["held"]
    assert "twice" not in set(review["kind"])


def test_who_was_said_to_be_two_people_is_not_asked_about_again(tmp_path):
    characters, _, review = ask(tmp_path, said("different", 3, 4))
    assert characters["character"].nunique() == 3
    assert not {"twice", "merge"} & set(review["kind"])
