"""MV205: a name that is TensorFlow's in one place and something else in another."""

from __future__ import annotations

from migrate_vars.analysis.makers import is_raw_op
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.codemod.state_ops import state_op


class AmbiguousName(Rule):
    """One of several bindings of the name is not TensorFlow."""

    code = "MV205"
    title = "The name can mean something else"
    rationale = (
        "The name is bound more than once, and not every binding is TensorFlow: which one a "
        "call meets is decided when the program runs. The fallback of except ImportError: tf = "
        "None does not count."
    )
    valid = (
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\ntf.assign(v, 1.)\n",
        "if new:\n    import tensorflow.compat.v1 as tf\nelse:\n    import tensorflow as tf\n"
        "tf.assign(v, 1.)\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\ntf = wrap(tf)\ntf.assign(v, 1.)\n"),
        Invalid(
            "try:\n    from lingvo import compat as tf\nexcept ImportError:\n"
            "    import tensorflow as tf\ntf.assign(v, 1.)\n"
        ),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave a call that is a state op only perhaps."""
        names = site.meaning.names
        ops = {op.name for name in names if (op := state_op(name)) is not None}
        if not ops or (site.op is not None):
            return None
        others = {n for n in names if state_op(n) is None and not is_raw_op(n)}
        members = {f"{m.module}.{m.name}" for m in site.meaning.members}
        what = ", ".join(sorted(others | members | site.meaning.unknown)) or "several state ops"
        return refuse(f"{site.name} left alone: its name can also be {what}")
