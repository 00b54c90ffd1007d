"""What is recorded beside a result: the stage, its settings, and the versions that made it."""

import platform
from importlib import metadata

_RECORDED_PACKAGES = (
    *("torch", "mmdet", "onnxruntime", "opencv-python", "numpy", "scikit-learn", "pandas", "av"),
)
# Where a user has installed another build of a package, under another name.
_OTHER_BUILDS = {"onnxruntime": "onnxruntime-gpu"}


def provenance(stage: str, **settings: object) -> dict:
    """What to record beside a result: the stage, its settings, and the versions that made it.

    Nothing here depends on the time, the machine's name or a path, so that the same input gives
    the same bytes.
    """
    versions = {name: _version(name) for name in _RECORDED_PACKAGES}
    versions["python"] = platform.python_version()
    return {"stage": stage, "settings": settings, "versions": versions}


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return metadata.version(_OTHER_BUILDS.get(name, name))
