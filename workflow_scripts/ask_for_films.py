"""Say which films are away, where something is to be done that needs them."""

from workflow_scripts.stagekit.console import InputError, stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Fail with one sentence: only a person can bring a film back."""
    parser = stage_parser(__doc__)
    parser.add_argument("--films", nargs="+", required=True, help="files that are not here")
    with stage(parser, argv) as args:
        raise InputError(
            f"{', '.join(args.films)}: not here, but what is to be done now needs the film; bring "
            "it back, or take back what you changed (`snakemake --dry-run --quiet host` says what)"
        )


if __name__ == "__main__":
    main()
