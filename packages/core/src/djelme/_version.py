"""The one version of every djelme distribution."""

__version__ = "2026.1.0"
