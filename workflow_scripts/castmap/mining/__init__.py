"""Weak labels: what a film says about its faces without anyone labelling them."""
