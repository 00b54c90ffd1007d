"""Adapting a pretrained embedding to films, without labels."""
