"""What stands in the column of the Reshape page."""
