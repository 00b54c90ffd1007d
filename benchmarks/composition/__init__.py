"""What compose.py puts together: layouts, scenes, looks, faces, false alarms, and folds."""
