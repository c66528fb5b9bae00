"""A cluster of Elasticsearch: its settings, its clients, and what is asked of it."""
