"""MV108: a state op that is only reported so far."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse


class PendingOp(Rule):
    """A state op that is found, but not rewritten yet."""

    code = "MV108"
    title = "This state op is not rewritten yet"
    rationale = (
        "The scatter functions and count_up_to write variables too, but their methods take "
        "other arguments or return something else. They are left alone; change them by hand."
    )
    valid = (
        "import tensorflow as tf\nt = tf.scatter_nd(i, u, [4])\n",
        "import torch\ntorch.scatter_add(a, 0, b, c)\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\ntf.scatter_update(v, [0], [1.])\n"),
        Invalid("import tensorflow as tf\ntf.count_up_to(v, 3)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave the op alone, and say so."""
        if site.op is None or not site.op.pending:
            return None
        return refuse(f"{site.op.name} left alone: {site.op.pending}")
