"""Take the learner's work along as a zip, and put it back: on Binder a session vanishes with all that is in it."""

from __future__ import annotations

import html
import os
import time
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from migration_lab.lab import WORK_VARIABLE
from migration_lab.lessons import course_folder, scratch_root
from migration_lab.views.controls.buttons import action_button
from migration_lab.views.pictures.drawing import escape
from migration_lab.work import WorkError, pack_work, restore_work

_HINT = "Save your notebooks first. In the zip: notebooks, migrations, small databases, progress, kept copies."


def work_buttons() -> None:
    """Show a button that downloads the learner's work as a zip, and one that puts such a zip back."""
    words = widgets.HTML()
    upload = widgets.FileUpload(
        accept=".zip", multiple=False, description="Put my work back", layout=widgets.Layout(width="auto")
    )

    def uploaded(change: dict[str, Any]) -> None:
        if not change["new"]:
            return
        content = bytes(change["new"][0]["content"])
        upload.disabled, words.value = True, "…"
        try:
            words.value = escape(restore_work(content, course_folder() / "notebooks", scratch_root()))
        except WorkError as error:
            words.value = escape(f"⚠ {error}")
        except Exception as error:
            words.value = escape(f"⚠ {type(error).__name__}: {error}")
        finally:
            upload.value, upload.disabled = (), False  # so that the same file can be chosen again

    upload.observe(uploaded, names="value")
    display(widgets.HBox([_download(), upload, words], layout=widgets.Layout(flex_flow="row wrap")))


def _download() -> widgets.Widget:
    """A link to Jupyter's own download; without the course's server extension, a button that writes the file."""
    address = os.environ.get(WORK_VARIABLE)
    if address is None:
        return action_button("Save my work as a zip", _save, tooltip=_HINT)
    # A link in a button's clothes: a widget of the kernel can't start a download.
    return widgets.HTML(
        f'<a class="jupyter-button widget-button" style="width: auto" download title="{html.escape(_HINT)}" '
        f'href="{html.escape(address)}">Download my work</a>'
    )


def _save() -> str:
    path = scratch_root() / f"my_work_{time.strftime('%Y%m%d_%H%M%S')}.zip"
    path.write_bytes(pack_work(course_folder() / "notebooks", scratch_root()))
    return f"Written: scratch_db/{path.name}"
