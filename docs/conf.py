"""Configuration of the documentation's build."""

from __future__ import annotations

from djelme import __version__

project = "djelme"
author = "the djelme authors"
copyright = "the djelme authors"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
# What is copied is what is typed: without prompts and answers, but with lines that go on.
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"
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
