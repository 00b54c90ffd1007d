"""Shot boundary detection: a catalogue of detectors behind one interface."""
