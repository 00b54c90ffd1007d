"""The catalogue of printed tables: one module per table.

Its file is ``results/tables/{name}``, in each of the FORMATS. Keys of ``MEMBER``, besides those of
every catalogue (see castmap.catalogues):
    caption: what the table shows, free of characters special to LaTeX. Fields in braces are counts:
        those of ``Corpus.counts`` and of the module's own ``count``.
    row: what a row is.
    columns: raw columns and their pandas types ("string", "Int64", "Float64"), as in the CSV.
    printed: heading and template of each printed column; a template's fields are raw columns.
    note: what a reader has to know, printed beneath; free of characters special to LaTeX. Optional.

A member's module defines

    rows(corpus: Corpus) -> Iterable[Mapping[str, object]]

which gives the values of each row by column; a column that a row lacks is a missing value. It may
define

    count(table: pd.DataFrame) -> Mapping[str, int]

which gives further counts for the caption, from the finished table. ``Corpus`` holds all results of
all films (see tables.corpus).
"""

FORMATS = ("csv", "md", "tex")
