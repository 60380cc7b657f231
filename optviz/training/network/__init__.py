"""Networks: how they are built, what goes on inside them, and how good they are."""
