"""The `castmap` command: a thin front of Snakemake for one person at one machine.

Each subcommand is a module of its name, with ``add_arguments(parser)`` and ``run(args) -> int``,
the exit status; its docstring is its help. ``__main__.py`` lists them, and imports the one that is
called.
"""
