"""An app with record types in its ``metrics.py``, as a site has it."""
