"""The demonstration: a year of flights through Elasticsearch and back, each figure checked.

`scripts/demo` makes the environment and runs this package, which is at the same time a Django
project: `flights` is its app, `manage.py` works as in every project.
"""
