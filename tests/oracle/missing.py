"""Functions that have a row here and that tfpy does not have yet. This list may only shrink."""

MISSING: set[str] = set()
