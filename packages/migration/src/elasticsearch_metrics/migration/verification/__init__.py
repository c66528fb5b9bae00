"""Whether the target has what the source has."""
