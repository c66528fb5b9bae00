"""What becomes of indexes with time: they are made, they expire, they are deleted."""
