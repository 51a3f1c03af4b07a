"""MV206: a raw op of gen_state_ops."""

from __future__ import annotations

from migrate_vars.analysis.makers import is_raw_op
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse


class RawOp(Rule):
    """A raw op writes to a reference tensor, not to a variable."""

    code = "MV206"
    title = "A raw op works on a reference, not on a variable"
    rationale = (
        "The functions of gen_state_ops take a reference tensor, which has no methods and does "
        "not exist in TensorFlow 2. Use the variable and its method."
    )
    valid = ("from tensorflow.python.ops import state_ops\nstate_ops.assign(v, x)\n",)
    invalid = (
        Invalid("from tensorflow.python.ops import gen_state_ops\ngen_state_ops.assign(r, x)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave raw ops alone."""
        if not any(is_raw_op(name) for name in site.meaning.names):
            return None
        return refuse(f"{site.name} left alone: the raw op of gen_state_ops takes a reference")

    def check_reference(self, site: Site) -> Decision | None:
        """Leave raw ops alone."""
        return self.check_call(site)
