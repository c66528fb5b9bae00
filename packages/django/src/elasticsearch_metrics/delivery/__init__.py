"""How records get to Elasticsearch: one by one, in bulk, or by a spool."""
