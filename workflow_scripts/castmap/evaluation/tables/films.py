"""Every film, and what became of it."""

from collections.abc import Iterator

from castmap.evaluation.tables.corpus import REJECTED, Corpus

MEMBER = {
    "order": 10,
    "caption": (
        "Every film of the sheet: n = {films} films, {rejected} of them rejected, {failed} failed"
    ),
    "row": "one film; the counts of a rejected film and of one that failed are missing",
    "columns": {
        "movie": "string",
        "title": "string",
        "status": "string",
        "reason": "string",
        "duration_s": "Float64",
        "shots": "Int64",
        "faces": "Int64",
        "tracks": "Int64",
        "characters": "Int64",
    },
    "printed": {
        "Movie": "{movie}",
        "Status": "{status}",
        "Reason": "{reason}",
        "Duration (s)": "{duration_s:.1f}",
        "Shots": "{shots:,}",
        "Faces": "{faces:,}",
        "Tracks": "{tracks:,}",
        "Characters": "{characters:,}",
    },
    "note": (
        "Faces are detections in the examined frames; characters are those found, without labels."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """Films that failed come first; they have no title."""
    yield from corpus.failures[["movie", "status", "reason"]].to_dict("records")
    for film in corpus.films:
        row: dict[str, object] = {
            "movie": film.movie,
            "title": film.title,
            "status": film.status,
            "reason": film.reason,
        }
        if film.status != REJECTED:
            row |= {
                "duration_s": film.duration_s,
                "shots": film.shots,
                "faces": film.faces,
                "tracks": len(film.faces_per_track),
                "characters": film.characters,
            }
        yield row
