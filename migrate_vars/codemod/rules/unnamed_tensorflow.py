"""MV111: no name for TensorFlow at the place of the call."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.codemod.state_ops import Fate
from migrate_vars.editing.naming import member_name


class UnnamedTensorFlow(Rule):
    """``tf.IndexedSlices`` is needed where nothing is called ``tf``."""

    code = "MV111"
    title = "TensorFlow has no name here"
    rationale = (
        "The scatter methods take a tf.IndexedSlices, so TensorFlow needs a name where the call "
        "stands. Where it has none, import tensorflow as tf is added next to the import that the "
        "function comes from. That is not done where the names tf and tensorflow are taken, or "
        "where a star import may take them. Import TensorFlow by name first."
    )
    valid = (
        "from tensorflow.compat.v1 import scatter_add\nscatter_add(v, i, u)\n",
        "import tensorflow as tf\ntf.scatter_add(v, i, u)\n",
    )
    invalid = (
        Invalid(
            "from tensorflow.compat.v1 import scatter_add\ntf = tensorflow = None\n"
            "scatter_add(v, i, u)\n"
        ),
        Invalid(
            "from tensorflow.compat.v1 import scatter_add\nfrom helpers import *\n"
            "scatter_add(v, i, u)\n"
        ),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse a call that needs a name for TensorFlow where there is none."""
        if site.call is None or site.op is None:
            return None
        if Fate.PACKED not in site.op.parameters.values():
            return None
        module = site.module.module
        if member_name("IndexedSlices", site.node, site.scope, module) is not None:
            return None
        return refuse(
            f"{site.op.name} left alone: it needs tf.IndexedSlices, and neither 'tf' nor "
            f"'tensorflow' is free to name TensorFlow"
        )
