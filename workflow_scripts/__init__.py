"""castmap: who appears where in movies.

The modules at this level are stages: one per Snakemake rule, same name, arguments in, files out.
The packages below are libraries: functions on arrays and tables that know no paths and no config.
"""
