"""Documents of both sides: how they are read, converted and identified."""
