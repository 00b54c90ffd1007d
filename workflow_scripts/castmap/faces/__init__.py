"""Face detection with mmdet, alignment, and quality."""
