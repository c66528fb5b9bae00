"""Configuration of the documentation's build."""

from __future__ import annotations

from djelme import __version__

project = "djelme"
author = "the djelme authors"
copyright = "the djelme authors"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
nitpicky = True
exclude_patterns = ["_build"]
# Types of others, whose documentation isn't fetched: the build needs no network.
nitpick_ignore_regex = [
    ("py:.*", r"(datetime|pathlib|collections|asyncio|django|elasticsearch\d?)\..*"),
    ("py:class", "RecordDefinition|Placement|_StrOrPromise"),  # internal
]
autodoc_typehints = "none"

html_theme = "furo"
html_title = f"djelme {release}"
