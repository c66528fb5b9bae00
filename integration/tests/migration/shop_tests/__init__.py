"""What the tests of migrations work with."""
