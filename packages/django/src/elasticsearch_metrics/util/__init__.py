"""Functions at the places where django-elasticsearch-metrics 2026.0 had them."""
