"""Django's name for the folder of template tags."""
