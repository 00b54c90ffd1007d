"""Files of packages of the registry: fetched, checked, and opened where they can do no harm."""
