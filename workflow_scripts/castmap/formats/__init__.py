"""Schemas of every table castmap writes."""
