"""Scenes: runs of shots in which a person keeps one look.

Episodes come with shots, not with scenes. A new scene begins where the people of the next few shots
are all others than those of the last few: in a dialogue cut to and fro, each comes back after one
shot. That finds no end where somebody walks from scene to scene, so none has more than a number of
shots.
"""

import pandas as pd

_SHOTS_AROUND = 2  # before and after a boundary, of those that show somebody
_MOST_SHOTS = 20


def scenes_of(tracks: pd.DataFrame, person: pd.Series) -> pd.Series:
    """The scene of each shot that shows somebody.

    Args:
        tracks: the TRACKS table.
        person: of each track, by its number.

    Returns:
        Scenes, numbered from 0, by shot.
    """
    shown = tracks["track"].map(person).groupby(tracks["shot"]).agg(set).sort_index()
    people = shown.tolist()
    start, scene, scenes = 0, 0, []
    for place in range(len(people)):
        before = set().union(*people[max(place - _SHOTS_AROUND, 0) : place])
        after = set().union(*people[place : place + _SHOTS_AROUND])
        if place and (not before & after or place - start == _MOST_SHOTS):
            start, scene = place, scene + 1
        scenes.append(scene)
    return pd.Series(scenes, shown.index, name="scene")
