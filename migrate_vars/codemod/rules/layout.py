"""MV109: the text of the call cannot be edited without a loss."""

from __future__ import annotations

from migrate_vars.analysis.fstrings import is_self_documenting
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse


class Layout(Rule):
    """The call is understood, but its text cannot be changed safely."""

    code = "MV109"
    title = "The text of the call cannot be edited"
    rationale = (
        "In an f-string field such as {tf.assign(v, 1)=} the text of the call is printed, so a "
        "rewrite would change the output. Elsewhere a comment would be lost, or the place of "
        "the call inside a string is not known for certain. In a notebook, it is part of an "
        "IPython command, or of a cell whose magic may do anything with it. Move the call out of "
        "there, or edit it by hand."
    )
    valid = (
        "import tensorflow as tf\nprint(f'{tf.assign(v, 2.)}')\n",
        "import tensorflow as tf\nprint(f'= {tf.assign(v, 2.)}')\n",
    )
    invalid = (Invalid("import tensorflow as tf\nprint(f'{tf.assign(v, 2.)=}')\n"),)

    def check_call(self, site: Site) -> Decision | None:
        """Leave a call whose own text is printed."""
        if site.op is None or site.call is None or site.fstring is None:
            return None
        if not is_self_documenting(site.call, site.fstring):
            return None
        return refuse(f"{site.op.name} left alone: the f-string prints the text of the call")
