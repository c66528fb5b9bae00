"""Read the documentation, and the sources that it is about."""
