"""What people said of a film: where it applies today, and what follows."""
