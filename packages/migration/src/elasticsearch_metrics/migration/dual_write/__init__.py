"""What is written to one side is written to the other, too."""
