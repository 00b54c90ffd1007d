"""Cast maps that people edited in other programs, and the corrections that these edits are.

readings says what an edited file shows, matching who in it is who, claims whose each face is by
it, and changes what has to be said so that it holds.
"""
