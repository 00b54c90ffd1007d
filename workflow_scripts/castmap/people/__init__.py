"""Known people: their faces in pictures and films, and which characters they are."""
