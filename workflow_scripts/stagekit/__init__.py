"""What every stage shares: its arguments and log, progress, files written whole, the device."""
