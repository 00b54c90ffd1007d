"""The demo films: edit lists of real footage, the films they make, and their ground truth."""
