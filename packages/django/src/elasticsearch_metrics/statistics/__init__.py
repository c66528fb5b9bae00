"""Counts of records by time and value, of any type."""
