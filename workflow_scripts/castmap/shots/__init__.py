"""Shot boundary detection: TransNetV2 and PySceneDetect's detectors behind one interface."""
