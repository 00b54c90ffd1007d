"""Snakemake as it is, but that a Ctrl-C while it is being imported ends it without a traceback.

The package, which comes first, sees to that.
"""

import sys

from snakemake.cli import main

if __name__ == "__main__":
    sys.argv[0] = "snakemake"  # so that it says its name
    main()
