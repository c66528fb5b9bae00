"""COUNTER's rules: sessions, double-clicks, robots."""
