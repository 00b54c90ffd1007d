"""The HTML report: one self-contained page per film, and one for the corpus."""
