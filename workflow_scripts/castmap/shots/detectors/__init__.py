"""The shot detectors: one module each, chosen by ``shots.detector`` of config.yaml.

A member's dictionary ``MEMBER`` may have, besides what every catalogue's may (castmap.catalogues):

- ``weights``: the name of its pretrained weights, of resources/weights.
- ``gpu``: True if it runs on a GPU where there is one.

It defines one function::

    def find_boundaries(film: Footage, threshold: float, **parameters) -> pd.DataFrame:

- ``film``: a castmap.shots.footage.Footage, whose frames are decoded once, at the size that the
  detector asks for.
- ``threshold``: of the score of a boundary, above 0 and below 1; ``shots.threshold``.
- ``parameters``: its own, as ``MEMBER`` declares them; ``shots.detectors`` of config.yaml.

The result is a table of boundaries: see castmap.shots.boundaries.
"""
