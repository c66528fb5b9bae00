"""What a record type is: its class, its documents, and the kinds that there are."""
