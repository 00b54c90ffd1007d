"""A film's cast map in the formats of other tools: one module per format."""
