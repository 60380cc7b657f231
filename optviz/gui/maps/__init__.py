"""The Maps page: the outcome of a race from every start, or for every setting."""
