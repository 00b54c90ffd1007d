"""What each person looks like in each scene."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.composition.recording import Light, draw_light
from benchmarks.composition.scenes import scenes_of


class Look(NamedTuple):
    """A person in a scene: one photograph, uint8 [112, 112, 3], in one light."""

    photograph: np.ndarray
    light: Light


def draw_looks(
    tracks: pd.DataFrame,
    person: pd.Series,
    people: dict[str, list[np.ndarray]],
    random: np.random.Generator,
) -> dict[tuple[int, str], Look]:
    """What each person looks like in each shot: the same all through a scene.

    Args:
        tracks: the TRACKS table.
        person: of each track.
        people: the crops of each person.
        random: decides photographs and light.

    Returns:
        A look by shot and person. No photograph is in two scenes while there are others.
    """
    scenes = scenes_of(tracks, person)
    light = {scene: draw_light(random) for scene in scenes.unique()}
    unused = {name: list(random.permutation(len(crops))) for name, crops in people.items()}
    cast = pd.DataFrame({"shot": tracks["shot"], "person": tracks["track"].map(person)})
    cast = cast.drop_duplicates().assign(scene=lambda table: table["shot"].map(scenes))
    looks: dict[tuple[int, str], Look] = {}
    for (scene, name), shots in cast.groupby(["scene", "person"]):
        photograph = unused[name].pop(0)
        unused[name].append(photograph)
        own = replace(
            light[scene],
            gain=light[scene].gain * float(random.uniform(0.85, 1.15)),
            side=float(random.uniform(-0.5, 0.5)),
        )
        look = Look(people[name][photograph], own)
        looks |= {(shot, name): look for shot in shots["shot"]}
    return looks
