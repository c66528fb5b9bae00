"""Where documents lie: names, index templates, and whether they are set up."""
