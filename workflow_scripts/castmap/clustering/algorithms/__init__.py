"""The clustering algorithms: one module per member, ``castmap`` being castmap's own.

Each defines one function, and takes what it needs of:

    def cluster(
        vectors: np.ndarray,            # float [n, d], unit rows: the items, which are tracks, and
                                        # tracks that must-links join as one
        film: FilmTracks,               # what else is known of them, row by row
        *,
        stop_distance: float,           # cosine distance by this embedding; see ``calibrated``
        n_clusters: int | None,         # 1..n where it is given (oracle K), else it is to be found
        seed: int,                      # of whatever is random
        ...                             # the member's own parameters, by name
    ) -> Assignment

A standard algorithm returns ``assign_all(labels)``. Films of no track, or of one, have to be
clustered, too.

Keys of a ``MEMBER`` besides those of every catalogue; a key that is left out is False:
    takes_n_clusters: whether it can be given the number of characters.
    heeds_cannot_links: whether it never joins two tracks seen at the same time.
    calibrated: whether ``stop_distance`` is the one that was calibrated on the film's usable
        tracks; else it is the prior. Either is carried over to the embedding that is clustered.
"""
