"""Sphinx's configuration. ``build.py`` calls it, on the pages that it has gathered and made."""

from __future__ import annotations

import logging
from importlib.metadata import version as package_version

logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports each of its plugins when autodoc imports it

project = "Migration lab"
author = "The authors of the course"
copyright = author  # what Sphinx calls it
version = release = package_version("migration-lab")
html_title = "Migration lab"
language = "en"
smartquotes = False  # the databases' own words stay as they are

extensions = ["myst_nb", "sphinx.ext.autodoc", "course_site.extension"]
exclude_patterns = ["_static"]

# The build itself runs the notebooks just before (course_site/execution.py): each in a scratch_db of its own, and with
# what their widgets hold, which MyST-NB would need a script from another host to show.
nb_execution_mode = "off"
nb_mime_priority_overrides = [("html", "text/html", 0)]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_number_source_lines = False
nb_merge_streams = True

myst_enable_extensions = ["attrs_block", "deflist"]
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 3

autodoc_inherit_docstrings = False
# As the code has them: their values would tell where this machine keeps the course.
autodoc_preserve_defaults = True
autodoc_default_options = {"no-value": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

html_theme = "furo"
html_static_path = ["_static"]
html_favicon = "_static/icon.svg"
html_css_files = ["site.css"]
html_js_files = ["keyboard.js"]
html_use_index = False
html_domain_indices = False
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {
        "font-stack": "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif, 'Noto Color Emoji'",
        "color-brand-primary": "#0b5c8a",
        "color-brand-content": "#0b5c8a",
        "color-brand-visited": "#5b3d8f",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7cc4f5",
        "color-brand-content": "#7cc4f5",
        "color-brand-visited": "#c4a7f0",
    },
}
