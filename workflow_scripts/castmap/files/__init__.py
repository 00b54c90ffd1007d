"""Files that are whole or absent: written, read, sealed, packed."""
