"""What is recorded beside a result: the stage, its settings, and the versions that made it."""

import platform
from importlib import metadata

_RECORDED_PACKAGES = ("torch", "mmdet", "opencv-python", "numpy", "scikit-learn", "pandas", "av")


def provenance(stage: str, **settings: object) -> dict:
    """What to record beside a result: the stage, its settings, and the versions that made it.

    Nothing here depends on the time, the machine's name or a path, so that the same input gives
    the same bytes.
    """
    versions = {name: metadata.version(name) for name in _RECORDED_PACKAGES}
    versions["python"] = platform.python_version()
    return {"stage": stage, "settings": settings, "versions": versions}
