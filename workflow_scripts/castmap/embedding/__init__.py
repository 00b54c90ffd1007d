"""Face embeddings: the networks, and one interface to all of them."""
