"""What moves the weights: the race's own kernels, or the same rules in torch."""
