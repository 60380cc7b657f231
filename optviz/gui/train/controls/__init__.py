"""What stands in the column of the Train page."""
