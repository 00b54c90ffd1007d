"""W3C Web Annotations, read by a JSON-LD processor: what is said of which part of the film."""

import json
import re

import numpy as np
import pytest
from pyld import jsonld

from castmap.exports.annotations import CONTEXT
from tests.library.exports_example import BOXES, END, TIMES, film_of, write_export

AT = "https://example.org/results/exports/tiny/annotations.jsonld"
FILM = "https://example.org/films/tiny%20film.mp4"
OA, AS, RDF = (
    "http://www.w3.org/ns/oa#",
    "http://www.w3.org/ns/activitystreams#",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
)
# What castmap uses of the context of the Web Annotation Vocabulary, by its specification.
TERMS = {
    "oa": OA,
    "as": AS,
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": RDF,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": {"@type": "@id", "@id": "@id"},
    "type": {"@type": "@id", "@id": "@type"},
    "Annotation": "oa:Annotation",
    "SpecificResource": "oa:SpecificResource",
    "TextualBody": "oa:TextualBody",
    "FragmentSelector": "oa:FragmentSelector",
    "AnnotationPage": "as:OrderedCollectionPage",
    "AnnotationCollection": "as:OrderedCollection",
    "tagging": "oa:tagging",
    "body": {"@type": "@id", "@id": "oa:hasBody"},
    "target": {"@type": "@id", "@id": "oa:hasTarget"},
    "source": {"@type": "@id", "@id": "oa:hasSource"},
    "selector": {"@type": "@id", "@id": "oa:hasSelector"},
    "motivation": {"@type": "@vocab", "@id": "oa:motivatedBy"},
    "purpose": {"@type": "@vocab", "@id": "oa:hasPurpose"},
    "first": {"@type": "@id", "@id": "as:first"},
    "partOf": {"@type": "@id", "@id": "as:partOf"},
    "items": {"@type": "@id", "@id": "as:items", "@container": "@list"},
    "startIndex": {"@type": "xsd:nonNegativeInteger", "@id": "as:startIndex"},
    "total": {"@type": "xsd:nonNegativeInteger", "@id": "as:totalItems"},
    "label": {"@id": "rdfs:label"},
    "value": {"@id": "rdf:value"},
    "format": {"@id": "dc:format"},
    "conformsTo": {"@type": "@id", "@id": "dcterms:conformsTo"},
}


def load_context(address, options):
    assert address == CONTEXT
    return {"contextUrl": None, "documentUrl": address, "document": {"@context": TERMS}}


def read(film, folder):
    """The collections of a film's file: expanded, so that all that the context lacks is lost."""
    (path,) = write_export(film, "annotations", folder)
    content = json.loads(path.read_text())
    return jsonld.expand(content, {"base": AT, "documentLoader": load_context})


def only(node, name):
    ((value),) = node[name]
    return value.get("@value", value.get("@id", value))


def annotations_of(collection):
    (page,) = collection[f"{AS}first"]
    assert only(page, f"{AS}partOf") == collection["@id"]
    ((items),) = page[f"{AS}items"]
    return items["@list"]


def fragments_of(annotation):
    """What a target's selector says: t and, of the second, xywh."""
    for target in annotation[f"{OA}hasTarget"]:
        assert only(target, f"{OA}hasSource") == FILM
        (selector,) = target[f"{OA}hasSelector"]
        assert selector["@type"] == [f"{OA}FragmentSelector"]
        standard = only(selector, "http://purl.org/dc/terms/conformsTo")
        assert standard == "http://www.w3.org/TR/media-frags/"
        yield only(selector, f"{RDF}value")


def times_of(fragment):
    # The grammar of Media Fragments URI 1.0: seconds, and whole pixels.
    found = re.fullmatch(r"t=(\d+\.\d+),(\d+\.\d+)(?:&xywh=pixel:\d+,\d+,\d+,\d+)?", fragment)
    return tuple(map(float, found.groups()))


def tiny(folder, names=None, **info):
    rows = [(0, 0, 0, 4, "C01", 0.75), (1, 0, 0, 3, "C02", 0.5), (2, 1, 4, 10, "C01", 0.625)]
    return film_of(folder, TIMES, END, rows, names, **info)


def test_each_character_is_a_collection_of_its_appearances(tmp_path):
    collections = read(tiny(tmp_path, {"C01": "Ann"}), tmp_path)
    assert [only(c, "http://www.w3.org/2000/01/rdf-schema#label") for c in collections] == [
        "Ann",
        "C02",
    ]
    assert [c["@type"] for c in collections] == [[f"{AS}OrderedCollection"]] * 2
    assert [c["@id"] for c in collections] == [f"{AT}#C01", f"{AT}#C02"]
    for collection, n in zip(collections, [2, 1], strict=True):
        assert only(collection, f"{AS}totalItems") == n == len(annotations_of(collection))
    first, second = annotations_of(collections[0])
    assert [first["@id"], second["@id"]] == [f"{AT}#track-0", f"{AT}#track-2"]
    assert only(first, f"{OA}motivatedBy") == f"{OA}tagging"
    (body,) = first[f"{OA}hasBody"]
    assert only(body, f"{RDF}value") == "Ann"
    assert only(body, f"{OA}hasPurpose") == f"{OA}tagging"


def test_an_appearance_is_a_time_and_its_surest_face_a_region_of_one_frame(tmp_path):
    ann, ben = read(tiny(tmp_path), tmp_path)
    first, second = map(list, map(fragments_of, annotations_of(ann)))
    # The picture is 48 pixels high, and ends before the box does.
    assert first == ["t=0.000,0.500", "t=0.000,0.040&xywh=pixel:10,20,30,28"]
    # The face of track 2 at frame 6 was filled in; that of frame 4, shown from 0.5 s, is surer.
    assert second == ["t=0.500,1.200", "t=0.500,1.000&xywh=pixel:1,2,2,3"]
    ((other),) = map(list, map(fragments_of, annotations_of(ben)))
    (_, x1, y1, x2, y2) = BOXES[2][1:6]
    assert (x1, y1, x2, y2) == (0, 0, 8.5, 9.25)
    assert other == ["t=0.000,0.250", "t=0.000,0.040&xywh=pixel:0,0,9,10"]


def test_times_are_those_of_the_films_own_clock(tmp_path):
    ann, _ = read(tiny(tmp_path, clock_start_s=10.0), tmp_path)
    first, _ = map(list, map(fragments_of, annotations_of(ann)))
    assert [times_of(fragment) for fragment in first] == [(10.0, 10.5), (10.0, 10.04)]


@pytest.mark.parametrize("rate", [24000 / 1001, 25])
def test_times_are_within_half_a_millisecond_of_the_tables(tmp_path, rate):
    rows = [(0, 0, 7, 31, "C01", 0.5), (1, 1, 60, 99, "C01", 0.5)]
    film = film_of(tmp_path, np.arange(120) / rate, 120 / rate, rows)
    (ann,) = read(film, tmp_path)
    found = [times_of(next(fragments_of(item))) for item in annotations_of(ann)]
    assert found == [
        pytest.approx((row.start_s, row.end_s), abs=0.0005 + 1e-9) for row in film.cast.itertuples()
    ]


def test_a_film_without_faces_has_no_collections(tmp_path):
    assert read(film_of(tmp_path, TIMES, END, []), tmp_path) == []
