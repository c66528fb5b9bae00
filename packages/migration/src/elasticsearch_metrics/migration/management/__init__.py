"""The command ``djelme_migrate``."""
