"""What a class body says about a record type."""
