"""The panels of a training: curves, insides, judgement."""
