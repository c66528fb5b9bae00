"""The app of the site: flights that left New York, and the visits to its own pages."""
