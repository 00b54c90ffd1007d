"""A backbone that is given as a file of the user's: where that is, and what it cannot do."""

from collections.abc import Mapping

from castmap.catalogues import BACKBONES
from castmap.packages.weights import is_trainable
from castmap.settings.settings import SettingsError

_HEADS = ("linear_head", "mlp_head")


def own_backbone(config: Mapping) -> str | None:
    """The path of the chosen backbone's file; None if it has weights of a package instead.

    Args:
        config: the settings.

    Raises:
        SettingsError: no file is named, or the backbone would have to be trained.
    """
    model, trainable = config["embedding"]["model"], config["adapt"]["trainable"]
    if is_trainable(BACKBONES[model]):
        return None
    path = config["embedding"]["backbones"][model]["path"]
    if path is None:
        raise SettingsError(
            f"embedding.model is {model}, but embedding.backbones.{model}.path is null; "
            f"it takes {BACKBONES[model].parameters['path']['description']}"
        )
    if trainable not in _HEADS:
        raise SettingsError(
            f"adapt.trainable is {trainable}, but embedding.model is {model}, which cannot be "
            f"trained itself; set adapt.trainable to {' or '.join(_HEADS)}, or embedding.model to "
            "another one"
        )
    return path


def parameters_of_backbone(config: Mapping) -> dict:
    """The chosen backbone's own settings, but for the path."""
    own = config["embedding"]["backbones"].get(config["embedding"]["model"], {})
    return {name: value for name, value in own.items() if name != "path"}
