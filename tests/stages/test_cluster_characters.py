"""The stage cluster_characters on tables of tracks; from faces on: test_tracks_to_cast_map."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy.special import expit

import cluster_characters
from castmap.catalogues import ALGORITHMS
from castmap.clustering.certainty import INTERCEPT, SLOPE
from castmap.files.results import read_record, read_table, write_table
from castmap.formats.embeddings import write_embeddings
from castmap.formats.tables import (
    CLUSTERS,
    MUST_LINKS,
    TRACKLETS,
)
from castmap.stages.provenance import provenance
from tests.synthetic_films import ANN, BEN, EVE, HAND, N_FRAMES, like, write_film


def run(folder, prior_distance=0.8, algorithm="castmap", adapted=(), links=()):
    """The clusters by the film's embeddings; ``adapted`` are names of other models, ``links``
    pairs of tracks, and whether they hold."""
    write_table(folder / "tracklets.parquet", TRACKLETS, TRACKLETS.empty(), {})
    must_links = pd.DataFrame(links, columns=["track", "other_track", "kept"])
    must_links = must_links.assign(kind="threading", iou=0.8, distance=0.5, against_track=None)
    must_links = must_links.assign(detection=0, other_detection=1, against_other_track=None)
    must_links = must_links.astype({"track": int, "other_track": int, "kept": bool})
    write_table(folder / "must_links.parquet", MUST_LINKS, must_links, {})
    tables = ("frames", "shots", "examined", "detections", "tracks", "tracklets")
    embeddings = folder / "embeddings.safetensors"
    embeddings.replace(folder / "embeddings.sface.safetensors")
    models = ("sface", *adapted)
    out = [folder / "out" / f"clusters.{name}.parquet" for name in models]
    cluster_characters.main(
        [
            *(f"--{name}={folder / name}.parquet" for name in tables),
            f"--must-links={folder / 'must_links.parquet'}",
            *("--embeddings", *(str(folder / f"embeddings.{name}.safetensors") for name in models)),
            *("--calibration-model=sface", "--seed=1", "--parameters={}"),
            *(f"--algorithm={algorithm}", f"--prior-distance={prior_distance}"),
            *(f"--log={folder / 'log.txt'}", "--out-clusters", *map(str, out)),
            *("--out-calibrations", *(str(path.with_suffix(".json")) for path in out)),
        ]
    )
    embeddings.with_name("embeddings.sface.safetensors").replace(embeddings)
    return out[0]


def record(prior_distance):
    settings = {"algorithm": "castmap", "seed": 1, "parameters": {}}
    settings |= {"calibration_model": "sface", "prior_distance": prior_distance}
    return provenance("cluster_characters", **settings)


THREE = [
    (0, range(0, 10), 0, ANN),
    (1, range(20, 50), 0, BEN),
    (2, range(60, 75), 0, like(ANN, EVE, 0.9)),
    (3, range(80, 90), 0, EVE),
]


def test_tracks_that_look_alike_are_one_character_and_the_longest_seen_is_first(tmp_path):
    write_film(tmp_path, THREE)
    table = read_table(run(tmp_path), CLUSTERS)
    assert table["track"].tolist() == [0, 1, 2, 3]
    # Ben is seen for 3 s, Ann for 1 + 1.5 s, Eve for 1 s.
    assert table["character"].tolist() == ["C02", "C01", "C02", "C03"]
    assert table["n_faces"].tolist() == [10, 30, 15, 10]
    assert np.allclose(table["start_s"], [0, 2, 6, 8])
    assert np.allclose(table["end_s"], [1, 5, 7.5, 9])
    log = (tmp_path / "log.txt").read_text()
    assert "3 characters of 4 tracks, 0 of no character, 0 cannot-links" in log


def test_confidence_is_found_from_the_nearest_tracks(tmp_path):
    write_film(tmp_path, THREE)
    table = read_table(run(tmp_path), CLUSTERS)
    # Distances: 0.1 between the two of Ann; from the second to Eve 1 - sin; all others 1.
    to_eve = 1 - np.sqrt(1 - 0.9**2)
    found = json.loads((tmp_path / "out" / "clusters.sface.json").read_text())
    alone = found["stop_distance"] / 2
    own, other = np.array([0.1, alone, 0.1, alone]), np.array([1, 1, to_eve, to_eve])
    wanted = expit(INTERCEPT + SLOPE * (other - own) / np.maximum(own, other))
    assert np.allclose(table["confidence"], wanted, atol=2e-3)  # embeddings are half precision


def test_how_far_apart_people_are_decides_how_alike_one_person_looks(tmp_path):
    write_film(tmp_path, THREE)
    for prior_distance, characters in ((0.05, 4), (0.8, 3), (2.0, 1)):
        table = read_table(run(tmp_path, prior_distance), CLUSTERS)
        assert table["character"].nunique() == characters


def test_tracks_seen_at_once_stay_apart_and_pass_that_on(tmp_path):
    # 0 and 2 are seen at once; 1 is nearer to 2, so 0 may not have it.
    tracks = [
        (0, range(0, 20), 0, ANN),
        (1, range(30, 40), 0, like(ANN, BEN, 0.95)),
        (2, range(10, 30), 300, like(ANN, BEN, 0.9)),
    ]
    write_film(tmp_path, tracks)
    table = read_table(run(tmp_path, 2.0), CLUSTERS)
    assert table["character"].tolist() == ["C02", "C01", "C01"]
    assert ", 1 cannot-links," in (tmp_path / "log.txt").read_text()


def test_must_links_hold_whatever_the_looks_but_those_that_were_dropped(tmp_path):
    write_film(tmp_path, THREE)
    table = read_table(run(tmp_path, links=[(1, 3, True), (0, 1, False)]), CLUSTERS)
    assert table["character"].tolist() == ["C02", "C01", "C02", "C01"]


def test_a_face_found_twice_may_be_one_character(tmp_path):
    tracks = [(0, range(0, 20), 0, ANN), (1, range(10, 30), 5, ANN)]
    write_film(tmp_path, tracks)
    table = read_table(run(tmp_path), CLUSTERS)
    assert table["character"].tolist() == ["C01", "C01"]


def test_tracks_keep_their_numbers_even_with_holes_between_them(tmp_path):
    tracks = [(4, range(0, 20), 0, ANN), (7, range(0, 20), 300, ANN), (9, range(50, 60), 0, BEN)]
    write_film(tmp_path, tracks)
    table = read_table(run(tmp_path), CLUSTERS)
    assert table["track"].tolist() == [4, 7, 9]
    assert table["character"].nunique() == 3


def test_a_single_track_is_a_character(tmp_path):
    write_film(tmp_path, [(0, range(5), 0, ANN)])
    table = read_table(run(tmp_path), CLUSTERS)
    assert table["character"].tolist() == ["C01"]
    assert table["confidence"].between(0, 1).all()


def test_the_file_holds_the_documented_columns_and_how_it_was_made(tmp_path):
    write_film(tmp_path, THREE)
    out = run(tmp_path, 0.45)
    assert pq.read_schema(out).remove_metadata().equals(CLUSTERS.arrow.remove_metadata())
    assert read_record(out) == record(0.45)


def test_the_same_tracks_give_the_same_bytes(tmp_path):
    contents = set()
    for name in ("one", "two"):
        write_film(tmp_path / name, THREE)
        contents.add(run(tmp_path / name).read_bytes())
    assert len(contents) == 1


@pytest.mark.parametrize("n_frames", [0, N_FRAMES])
def test_a_film_without_tracks_has_no_characters(tmp_path, n_frames):
    write_film(tmp_path, [], n_frames)
    out = run(tmp_path)
    assert read_table(out, CLUSTERS).empty
    assert read_record(out) == record(0.8)
    assert "0 characters of 0 tracks" in (tmp_path / "log.txt").read_text()


def test_a_file_that_holds_no_embeddings_is_named_and_nothing_is_written(tmp_path):
    write_film(tmp_path, THREE)
    (tmp_path / "embeddings.safetensors").write_bytes(b"no tensors")
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path)
    assert stopped.value.code == 1
    log = (tmp_path / "log.txt").read_text()
    assert "embeddings.sface.safetensors cannot be read" in log
    assert not (tmp_path / "out").exists()


def test_a_hand_is_no_character(tmp_path):
    write_film(tmp_path, [*THREE, (4, range(90, 99), 0, HAND)])
    table = read_table(run(tmp_path), CLUSTERS)
    assert table["character"].tolist()[4] == "not_a_face"
    assert table["confidence"][4] == 0
    assert not (table["second_character"] == table["character"]).any()
    found = json.loads((tmp_path / "out" / "clusters.sface.json").read_text())
    assert found["tracks_of_no_character"] == {"background": 0, "uncertain": 0, "not_a_face": 1}
    assert [row["character"] for row in found["characters"]] == ["C01", "C02", "C03"]
    assert [row["tracks"] for row in found["characters"]] == [1, 2, 1]


def test_the_stop_distance_is_explained(tmp_path):
    tracks = [(0, range(0, 20), 0, ANN), (1, range(10, 30), 300, BEN)]
    write_film(tmp_path, tracks)
    run(tmp_path)
    found = json.loads((tmp_path / "out" / "clusters.sface.json").read_text())
    assert found["n_pairs"] == 1
    assert found["prior_stop_distance"] < found["stop_distance"] < found["mean_distance"]
    assert 0.8 < found["mean_distance"] < 1  # between the prior and how far apart the two are
    assert found["carried_stop_distance"] == pytest.approx(found["stop_distance"])
    assert found["expected_error"] == pytest.approx(0.05)
    counts = found["histograms"]
    assert sum(counts["different"]) == 1
    place = counts["different"].index(1)
    assert counts["edges"][place] <= 1 <= counts["edges"][place + 1]


@pytest.mark.parametrize("algorithm", [*ALGORITHMS.members][1:])
def test_a_standard_algorithm_may_cluster_the_film_instead(tmp_path, algorithm):
    write_film(tmp_path, [*THREE, (4, range(90, 99), 0, HAND)])
    table = read_table(run(tmp_path, algorithm=algorithm), CLUSTERS)
    assert table["character"].str.startswith("C").all()  # it leaves no track out
    assert table["confidence"].between(0, 1).all()
    found = json.loads((tmp_path / "out" / "clusters.sface.json").read_text())
    assert found["algorithm"] == algorithm
    if "agglomerative" in algorithm:
        assert table["character"][0] == table["character"][2]


def test_each_embedding_has_its_clusters_and_the_pretrained_one_says_where_to_stop(tmp_path):
    write_film(tmp_path, THREE)
    vectors = np.array([vector for _, seen, _, vector in THREE for _ in seen])
    mixed = vectors @ np.linalg.qr(np.random.default_rng(0).normal(size=(128, 128)))[0]
    blurred = vectors + 0.5 * EVE
    blurred /= np.linalg.norm(blurred, axis=1, keepdims=True)
    for model, rows in (("mixed", mixed), ("blurred", blurred)):
        write_embeddings(tmp_path / f"embeddings.{model}.safetensors", rows, {})
    alone = read_table(run(tmp_path), CLUSTERS)
    first = run(tmp_path, adapted=("mixed", "blurred"))
    pd.testing.assert_frame_equal(read_table(first, CLUSTERS), alone)
    # A rotation moves nothing nearer; what makes all alike stops nearer.
    same = read_table(first.with_name("clusters.mixed.parquet"), CLUSTERS)
    assert same["character"].tolist() == alone["character"].tolist()
    found = [
        json.loads(first.with_name(f"clusters.{model}.json").read_text())
        for model in ("mixed", "blurred")
    ]
    assert found[0]["stop_distance"] == found[1]["stop_distance"]
    assert found[0]["carried_stop_distance"] == pytest.approx(found[0]["stop_distance"], abs=0.01)
    assert found[1]["carried_stop_distance"] < found[0]["carried_stop_distance"]
