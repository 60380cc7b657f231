"""Maps: the outcome of a race as a picture over its start point, or over its hyperparameters."""
