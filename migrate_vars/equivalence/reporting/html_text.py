"""Text in the HTML report: no control characters, no folders of the machine, nothing endless."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.description import printable

#: Longer texts are cut in their middle.
LONGEST = 400

# Absolute paths: what is installed keeps the part in its environment, others their last parts.
_PACKAGES = re.compile(r"(?<![\w/.-])(?:/[\w.+@-]+)+/(?=(?:site|dist)-packages/)")
_ABSOLUTE = re.compile(
    r"(?<!:/)(?<![\w/.<…-])(?:/[\w.+@-]+)+?/((?:[\w.+@-]+/)?[\w.+@-]+)(?![\w.+@/-])"
)


class Folders:
    """Takes the folders out of texts that say where on a machine something lies."""

    def __init__(self, results: Sequence[Verification]) -> None:
        folders = {str(result.path) for result in results}
        for result in results:
            for run in (result.reference, *result.runs.values()):
                folders.update(map(str, (run.program.folder, run.program.cwd or Path.cwd())))
        real = {os.path.realpath(folder) for folder in folders}
        longest_first = sorted(folders | real, key=len, reverse=True)
        roots = [re.escape(one.rstrip("/")) for one in longest_first if one.count("/") > 1]
        self._roots = re.compile("|".join(rf"(?<![\w/.-]){one}(?:/|(?![\w.-]))" for one in roots))
        self._empty = not roots

    def taken_out_of(self, text: str) -> str:
        """The text with paths relative to a program's folder, or with their last parts only."""
        if "/" not in text:
            return text
        if not self._empty:
            text = self._roots.sub("", text)
        text = _PACKAGES.sub("", text)
        return _ABSOLUTE.sub(r"…/\1", text)


def shown(value: Any, folders: Folders) -> Any:
    """What stands on the page for a value: no control characters, no folders, nothing endless."""
    if isinstance(value, Markup):
        return value
    text = folders.taken_out_of(printable(str(value)))
    if len(text) <= LONGEST:
        return text
    half = LONGEST // 2
    return f"{text[:half]} … {len(text) - 2 * half:,} more characters … {text[-half:]}"
