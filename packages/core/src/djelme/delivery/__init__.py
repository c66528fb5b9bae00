"""Delivery of records: batches, buffers, spools and retries."""
