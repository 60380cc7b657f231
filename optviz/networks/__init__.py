"""Small networks: data sets, brief training, and planes through their weights.

Torch and scikit-learn are imported inside the functions that need them, never with this package.
"""
