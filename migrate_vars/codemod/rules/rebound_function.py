"""MV202: the file gives a state op a new value."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse


class ReboundFunction(Rule):
    """``tf.assign = ...`` makes ``tf.assign`` something else."""

    code = "MV202"
    title = "The file rebinds the state op"
    rationale = (
        "After tf.assign = something, setattr(tf, 'assign', something) or mock.patch.object(tf, "
        "'assign') a call of tf.assign no longer means TensorFlow's function. Its calls are "
        "left alone."
    )
    valid = ("import tensorflow as tf\nself.assign = 1\ntf.assign(v, 1.)\n",)
    invalid = (
        Invalid("import tensorflow as tf\ntf.assign = tf.compat.v1.assign\ntf.assign(v, 1.)\n"),
        Invalid("import tensorflow as tf\nsetattr(tf, 'assign', f)\ntf.assign(v, 1.)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave calls of a function that the file rebinds."""
        for name in sorted(site.meaning.names):
            line = site.module.rebound_on(name)
            if line is not None:
                return refuse(f"{site.name} left alone: this file rebinds it on line {line}")
        return None
