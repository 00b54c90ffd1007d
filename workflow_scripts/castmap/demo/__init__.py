"""The demo films: edit lists of real footage, the films they make, and the truth that follows."""
