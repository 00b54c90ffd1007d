"""Following faces through a shot."""
