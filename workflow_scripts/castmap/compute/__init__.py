"""Where the networks run, and which GPU is whose."""
