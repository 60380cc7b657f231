"""Maps as pictures: the field itself, its legend, and whole frames of it."""
