"""The commands of ``manage.py`` that begin with ``djelme_``."""
