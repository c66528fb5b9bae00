"""What the compatibility page says, and what holds it."""
