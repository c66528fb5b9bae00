"""The app of the site whose records the tests of migrations move."""
