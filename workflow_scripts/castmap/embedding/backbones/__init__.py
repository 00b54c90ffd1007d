"""The catalogue of face embeddings: one module per network.

Keys of a member's MEMBER, beside those of every catalogue:
    size_px: the side of the square crops that the network takes.
    last_block: the parts that ``adapt.trainable: last_block`` trains, by the beginnings of their
        names.

What its module defines:
    build(): the network, a ``torch.nn.Module`` without its weights. Input: float32
        [n, 3, size_px, size_px], RGB, 0..255. Output: [n, d], of any length.
    import_weights(original): its state dict, of the bytes of the file that its package ships. A
        ValueError says that the file holds something else.
"""
