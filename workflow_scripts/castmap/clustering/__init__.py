"""Grouping tracks into characters."""
