"""Reading films: what a film is, when each frame is shown, and the frames themselves."""
