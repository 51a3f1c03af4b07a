"""MV108: a state op that no method of a variable replaces."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, Site, refuse


class NoMethod(Rule):
    """A state op for which there is no method that does the same."""

    code = "MV108"
    title = "No method of a variable does the same"
    rationale = (
        "tf.count_up_to returns the value before the count, and raises OutOfRangeError at the "
        "limit; assign_add(1) does neither. moving_averages.assign_moving_average corrects the "
        "bias of the first updates unless told otherwise, so its plain formula trains "
        "differently. Variable.load runs at once in the session it is given, while assign only "
        "builds an op. They are left alone; change them by hand."
    )
    valid = (
        "import tensorflow as tf\nt = tf.scatter_nd(i, u, [4])\n",
        "import torch\ntorch.scatter_add(a, 0, b, c)\n",
        "import tensorflow as tf\nv = tf.Variable(1.)\nmodel.load(path)\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\ntf.count_up_to(v, 3)\n"),
        Invalid(
            "from tensorflow.python.training import moving_averages\n"
            "moving_averages.assign_moving_average(v, x, 0.9)\n"
        ),
        Invalid("import tensorflow as tf\nv = tf.Variable(1.)\nv.load(2., session)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave the op alone, and say so."""
        if site.op is None or not site.op.left:
            return None
        return refuse(f"{site.op.name} left alone: {site.op.left}")

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find ``load`` of a proven variable."""
        for located in module.scopes.calls_mentioning("load"):
            call = located.node
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "load"
                and len(call.args) + len(call.keywords) in (1, 2)
            ):
                receiver = module.values.classify(call.func.value, located.scope)
                if receiver.is_variable and not receiver.sliced:
                    yield refuse(
                        "load left alone: it writes at once, assign only builds an op; the "
                        f"receiver is a variable ({receiver.why})",
                        call,
                    )
