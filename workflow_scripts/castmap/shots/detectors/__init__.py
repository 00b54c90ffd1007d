"""The catalogue of shot detectors: one module each, chosen by ``shots.detector`` of config.yaml.

Keys of a member's MEMBER, beside those of every catalogue; all may be left out:
    weights: its pretrained weights, see packages.weights; the module then defines import_weights.
    weights_of: the member whose pretrained weights it takes instead of its own.
    gpu: True if it runs on a GPU where there is one.
    threads: True if it gains by several threads, and gives the same on any number of them.

What its module defines:
    find_boundaries(film, threshold, **parameters): a table of boundaries, see shots.boundaries.
        ``film`` is a shots.footage.Footage, which decodes the film once, at the size that the
        detector asks for. ``threshold`` is above 0 and below 1; boundaries of a lower score are
        left out. ``parameters`` are those that MEMBER declares; their values stand in config.yaml
        under ``shots.detectors``.
"""
