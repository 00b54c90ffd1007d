"""A film's cast map as other programs read it: one module per export.

A module is an export if it declares a dictionary ``MEMBER`` (see castmap.catalogues). The rule that
exports films, `castmap export` and docs/exports.md follow from it. It holds

    files: the names of the files, a list; no other export may have the same
    opens_in: which programs read them
    how: how they do, or what the files hold; in Markdown, as is ``opens_in``
    frames, pixels: of files with boxes: what counts from where
    times: of files with times: in which unit

and the module defines

    def write(film: Film, *paths: Path) -> None

which writes the files of a film (see exports.film), given their paths in the order of ``files``.
"""
