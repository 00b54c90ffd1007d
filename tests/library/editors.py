"""What people do to an export in another program, without any of castmap's own code.

An editor knows which appearance is meant by its bounds and label, as a person does; files that name
tracks are edited by these.
"""

import copy
import csv
import io
import json

from lxml import etree
from pympi.Elan import Eaf


class Elan:
    """Edits in ELAN: by pympi, and by lxml what pympi cannot do."""

    name = "cast_map.eaf"

    def __init__(self, path, film):
        self.path = path
        self.shown = shown_in(film)

    def rename(self, old, new):
        document = etree.parse(self.path)
        (tier,) = [t for t in document.iter("TIER") if t.get("TIER_ID") == old]
        tier.set("TIER_ID", new)
        document.write(self.path, encoding="UTF-8", xml_declaration=True)

    def give(self, track, label):
        """Choose another label of the list."""
        document, annotation = self._find(track)
        annotation.find("ANNOTATION_VALUE").text = label
        document.write(self.path, encoding="UTF-8", xml_declaration=True)

    def bring(self, track, label):
        """Cut and paste the annotation to another tier; it keeps its value."""
        old, start, end = self.shown[track]
        document = Eaf(self.path)
        document.remove_annotation(old, (start + end) // 2)
        document.add_annotation(label, start, end, old)
        self._save(document)

    def to_new(self, tracks, name):
        document = Eaf(self.path)
        document.add_tier(name, ling="character")
        self._save(document)
        for track in tracks:
            self.bring(track, name)

    def delete(self, track):
        document = Eaf(self.path)
        label, start, end = self.shown[track]
        document.remove_annotation(label, (start + end) // 2)
        self._save(document)

    def delete_all(self, label):
        document = Eaf(self.path)
        document.remove_tier(label)
        self._save(document)

    def add(self, label, start, end, like):
        document = Eaf(self.path)
        document.add_annotation(label, start, end, label)
        self._save(document)

    def bound(self, track, which, time, like=None):
        document, annotation = self._find(track)
        slot = annotation.get(f"TIME_SLOT_REF{1 if which == 'start' else 2}")
        (found,) = [s for s in document.iter("TIME_SLOT") if s.get("TIME_SLOT_ID") == slot]
        found.set("TIME_VALUE", str(time))
        document.write(self.path, encoding="UTF-8", xml_declaration=True)

    def _find(self, track):
        document = etree.parse(self.path)
        times = {
            s.get("TIME_SLOT_ID"): int(s.get("TIME_VALUE")) for s in document.iter("TIME_SLOT")
        }
        label, start, end = self.shown[track]
        (found,) = [
            a
            for tier in document.iter("TIER")
            if tier.get("TIER_ID") == label
            for a in tier.iter("ALIGNABLE_ANNOTATION")
            if times[a.get("TIME_SLOT_REF1")] <= (start + end) / 2 < times[a.get("TIME_SLOT_REF2")]
        ]
        return document, found

    def _save(self, document):
        document.to_file(str(self.path))


class Spreadsheet:
    name = "cast_map.csv"

    def __init__(self, path, film):
        self.path = path
        self.shown = shown_in(film)
        self.numbers = {label: number for number, label in film.labels.items()}

    def rename(self, old, new):
        self._edit(
            lambda row: row.update(name=new), lambda row: row["character"] == self.numbers[old]
        )

    def give(self, track, label):
        number = self.numbers.get(label, label)
        self._edit(lambda row: row.update(character=number), self._is(track))

    bring = give

    def to_new(self, tracks, name):
        for track in tracks:
            self.give(track, name)

    def delete(self, track):
        self._keep(lambda row: not self._is(track)(row))

    def delete_all(self, label):
        self._keep(lambda row: row["character"] != self.numbers[label])

    def add(self, label, start, end, like):
        new = {"character": self.numbers[label], "start_s": start / 1000, "end_s": end / 1000}
        self._write([*self._read(), new])

    def bound(self, track, which, time, like=None):
        self._edit(lambda row: row.update({f"{which}_s": time / 1000}), self._is(track))

    def _is(self, track):
        return lambda row: row.get("track") == str(track)

    def _read(self):
        return list(csv.DictReader(io.StringIO(self.path.read_text(encoding="utf-8"), newline="")))

    def _write(self, rows):
        with self.path.open("w", encoding="utf-8", newline="") as file:
            columns = ["character", "name", "named_by", "start_s", "end_s", "shot", "track"]
            writer = csv.DictWriter(file, [*columns, "confidence"], restval="")
            writer.writeheader()
            writer.writerows(rows)

    def _edit(self, change, wanted):
        rows = self._read()
        for row in filter(wanted, rows):
            change(row)
        self._write(rows)

    def _keep(self, wanted):
        self._write(filter(wanted, self._read()))


class Via:
    name = "cast_map.via.json"

    def __init__(self, path, film):
        self.path = path
        self.shown = shown_in(film)
        self.clock_s = film.info["clock_start_s"]
        self.content = json.loads(path.read_text(encoding="utf-8"))
        self.segments = self.content["metadata"]

    def rename(self, old, new):
        for segment in self.segments.values():
            if segment["av"]["1"] == old:
                segment["av"]["1"] = new
        self._save()

    def give(self, track, label):
        self._of(track)["av"]["1"] = label
        self._save()

    bring = give

    def to_new(self, tracks, name):
        for track in tracks:
            self.give(track, name)

    def delete(self, track):
        del self.segments[f"1_{track:08d}"]
        self._save()

    def delete_all(self, label):
        for key in [key for key, s in self.segments.items() if s["av"]["1"] == label]:
            del self.segments[key]
        self._save()

    def add(self, label, start, end, like):
        times = [round(time / 1000 + self.clock_s, 3) for time in (start, end)]
        key = f"1_Xb{len(self.segments)}_qZ"
        self.segments[key] = {"vid": "1", "flg": 0, "z": times, "xy": [], "av": {"1": label}}
        self._save()

    def bound(self, track, which, time, like=None):
        self._of(track)["z"][which == "end"] = round(time / 1000 + self.clock_s, 3)
        self._save()

    def _of(self, track):
        return self.segments[f"1_{track:08d}"]

    def _save(self):
        self.path.write_text(json.dumps(self.content), encoding="utf-8")


class Cvat:
    """Edits in CVAT, which writes every frame between key frames, too, and numbers tracks anew."""

    name = "tracks.cvat.xml"

    def __init__(self, path, film):
        self.path = path
        self.film = film
        self.shown = shown_in(film)
        self.document = etree.parse(path)
        self.root = self.document.getroot()

    def rename(self, old, new):
        for track in self.root.iterfind("track"):
            if track.get("label") == old:
                track.set("label", new)
        self._save()

    def give(self, track, label):
        self._of(track).set("label", label)
        self._save()

    bring = give

    def to_new(self, tracks, name):
        for track in tracks:
            self.give(track, name)

    def delete(self, track):
        self.root.remove(self._of(track))
        self._save()

    def delete_all(self, label):
        for track in self.root.findall("track"):
            if track.get("label") == label:
                self.root.remove(track)
        self._save()

    def add(self, label, start, end, like):
        """Draw around a face that castmap has in no character."""
        track = etree.SubElement(self.root, "track", id="999", label=label, source="manual")
        track.extend(self._boxes(like))
        self._save()

    def bound(self, track, which, time, like=None):
        """Let a track begin later, end sooner, or go on with other boxes."""
        element = self._of(track)
        end = int((self.film.frame_times <= time / 1000).sum())
        if which == "start":
            for box in list(element):
                if int(box.get("frame")) < end:
                    element.remove(box)
            self._save()
            return
        if like is not None:
            element.remove(element[-1])  # it was outside from there on
            element.extend(self._boxes(like))
        for box in list(element):
            if int(box.get("frame")) > end:
                element.remove(box)
        last = copy.deepcopy(element[-1])
        last.set("outside", "1")
        last.set("frame", str(int(last.get("frame")) + 1))
        element.append(last)
        self._save()

    def _boxes(self, track):
        """A box on each face of a track, in stored pixels."""
        across = self.film.info["stored_width"] / self.film.info["width"]
        for row in self.film.tracks[self.film.tracks["track"] == track].itertuples():
            edges = {"xtl": row.x1 * across, "ytl": row.y1, "xbr": row.x2 * across, "ybr": row.y2}
            text = {name: f"{edge:.2f}" for name, edge in edges.items()}
            flags = {"outside": "0", "occluded": "0", "keyframe": "1"}
            yield etree.Element("box", frame=str(row.frame), **flags, **text, z_order="0")

    def _of(self, track):
        (found,) = [
            element
            for element in self.root.iterfind("track")
            if element.findtext("box/attribute[@name='track']") == str(track)
        ]
        return found

    def _save(self):
        self.document.write(self.path, encoding="utf-8", xml_declaration=True)


EDITORS = (Elan, Spreadsheet, Via, Cvat)


def shown_in(film):
    """The label and the bounds, in milliseconds, of each track of the cast."""
    return {
        row.track: (
            film.labels[row.character],
            round(1000 * row.start_s),
            round(1000 * row.end_s),
        )
        for row in film.characters.itertuples()
        if row.character in film.labels
    }
