"""Found by Django, by the names of the modules."""
