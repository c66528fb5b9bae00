"""Who provides clusters: embedded, Docker, or whoever runs the one at a URL."""
