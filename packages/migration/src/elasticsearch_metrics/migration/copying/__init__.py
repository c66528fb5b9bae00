"""Copying what one side has to the other."""
