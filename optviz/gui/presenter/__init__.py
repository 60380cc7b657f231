"""The presenter: full screen, nothing but the picture, a large caption and the clicker."""
