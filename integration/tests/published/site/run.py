"""Call a function of the site in a process of its own: ``run.py MODULE FUNCTION ARGUMENTS``.

Writes its result as JSON. The minimal distribution of Elasticsearch lacks the field type
``version``, which the published library has for times; its processes get ``keyword`` in its place.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Set Django up and call the function."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import django

    if os.environ.get("LIBRARY_WITHOUT_VERSION_FIELDS"):
        from elasticsearch8 import dsl

        dsl.Version = dsl.Keyword
    django.setup()
    module, function, arguments = sys.argv[1:4]
    result = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    sys.stdout.write(json.dumps(result, default=str, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
