"""The catalogue of face embeddings: one module per network.

A backbone is trainable if it is a torch network with pretrained weights from a package.

Keys of a trainable member's MEMBER, beside those of every catalogue:
    weights: where they come from; see castmap.packages.weights.
    size_px: the side of the square crops that the network takes.
    last_block: the parts that ``adapt.trainable: last_block`` trains, by the beginnings of their
        names.

What its module defines, besides:
    build(): the network, a ``torch.nn.Module`` without its weights. Input: float32
        [n, 3, size_px, size_px], RGB, 0..255. Output: [n, d], of any length. Where it has the
        methods ``trunk``, of crops, and ``last_block``, of what that returns, and does one after
        the other, ``adapt.trainable: last_block`` computes the trunk once per face on a CPU.
    import_weights(original): its state dict, of the bytes of the file that its package ships. A
        ValueError says that the file holds something else.

Any other backbone is a file of the user's. Its MEMBER has at least one parameter, ``path``, whose
file's content counts for reruns, and its module defines:
    open_embedder(path, device, **parameters): a castmap.embedding.networks.Embedder by the file;
        ``parameters`` are those that MEMBER declares, but for ``path``. An InputError says what is
        wrong with the file. What the Embedder does must be the same each time.
"""
