"""MV110: scatter methods of distributed variables."""

from __future__ import annotations

from migrate_vars.analysis.distribution import distribution
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse


class DistributedVariable(Rule):
    """A distributed variable has no such method, or one that does something else."""

    code = "MV110"
    title = "A distributed variable has no such method"
    rationale = (
        "On a variable of a tf.distribute strategy the scatter_nd methods and "
        "batch_scatter_update raise NotImplementedError, and the scatter methods raise too, or "
        "update all replicas where the function updates one. Whether a variable is distributed "
        "cannot be seen at the call, so in a file that mentions distribution strategies scatter "
        "functions are left alone. Elsewhere they are rewritten: tf.assign, tf.assign_add and "
        "tf.assign_sub are the same for all variables."
    )
    valid = (
        "import tensorflow as tf\ntf.scatter_nd_add(v, i, u)\n",
        "import tensorflow as tf\nwith tf.distribute.MirroredStrategy().scope():\n"
        "    tf.assign(v, x)\n",
        "import tensorflow as tf\n# not with MirroredStrategy\ntf.scatter_add(v, i, u)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\nstrategy = tf.distribute.MirroredStrategy()\n"
            "def update(v, i, u):\n    return tf.scatter_nd_add(v, i, u)\n"
        ),
        Invalid(
            "import tensorflow as tf\nfrom tensorflow.python.distribute import reduce_util\n"
            "tf.scatter_update(v, i, u)\n"
        ),
        Invalid("import tensorflow as tf\nwith strategy.scope():\n    tf.scatter_add(v, i, u)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse what distributed variables lack in a file that distributes."""
        if site.call is None or site.op is None or not site.op.undistributed:
            return None
        seen = site.seen
        if seen is not None and seen.distributed:
            return refuse(
                f"{site.op.name} left alone: the receiver was a distributed variable in "
                f"{seen.run}, and has no such method"
            )
        evidence = distribution(site.module.scopes)
        if not evidence:
            return None
        return refuse(
            f"{site.op.name} left alone: the variable may be distributed ({evidence}), and has no "
            f"such method then"
        )
