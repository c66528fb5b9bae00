"""How the backends and their delivery are: one report, shown by command, admin and view."""
