"""What of a network may be trained. The rules import this module, so nothing heavy is in it."""

LINEAR_HEAD, MLP_HEAD, LAST_BLOCK, ALL = "linear_head", "mlp_head", "last_block", "all"
HEADS = (LINEAR_HEAD, MLP_HEAD)  # these alone leave the backbone as it is, and look at no crops
TRAINABLE = (*HEADS, LAST_BLOCK, ALL)
