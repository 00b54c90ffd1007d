"""What of a network may be trained. The rules import this module, so nothing heavy is in it."""

from typing import Final, Literal, get_args

Trainable = Literal["linear_head", "mlp_head", "last_block", "all"]

TRAINABLE: tuple[str, ...] = get_args(Trainable)
LINEAR_HEAD: Final = "linear_head"
MLP_HEAD: Final = "mlp_head"
LAST_BLOCK: Final = "last_block"
ALL: Final = "all"
HEADS: Final = (LINEAR_HEAD, MLP_HEAD)  # these leave the backbone as it is, and look at no crops
