"""A large site, in small: its record types, its reports and its views."""
