"""MV101: the rewrite itself."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Bound, Refusal
from migrate_vars.codemod.method_call import MethodCall
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import arguments_of, receiver_of
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.editing.naming import member_name
from migrate_vars.findings.finding import Safety, Status


class AssignMethod(Rule):
    """``tf.assign(v, x)`` becomes ``v.assign(x)``, and so the other state ops."""

    code = "MV101"
    title = "State op becomes a method call"
    rationale = (
        "TensorFlow 2 has no tf.assign, tf.assign_add, tf.scatter_update and the like. For a "
        "variable the function and the method build the same op, so the method call trains the "
        "same. Indices and updates of the scatter functions are packed into a tf.IndexedSlices, "
        "in the order in which they were evaluated; an import of tensorflow is added where it "
        "has no name. The rewrite is safe where the receiver is shown to be a variable, and "
        "assumed where nothing contradicts it, or where another scope can rebind the name (global, "
        "nonlocal, globals(), setattr); --safe applies the safe ones only. "
        "A recorded run (--evidence) can show, too, that a receiver is a variable."
    )
    valid = (
        "import tensorflow as tf\nv = tf.Variable(1.)\nv.assign(2.)\n",
        "def assign(v, x): ...\nassign(v, 1.)\n",
        "import pandas as pd\ndf = pd.DataFrame().assign(a=1, b=2)\n",
        "import tensorflow as tf\nt = tf.scatter_nd(i, u, [4])\n",
        "import tensorflow as tf\n# tf.assign(v, 1)\ns = 'tf.assign(v, 1)'\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\nv = tf.Variable(1.)\nop = tf.assign(v, 2.)\n",
            "import tensorflow as tf\nv = tf.Variable(1.)\nop = v.assign(2.)\n",
        ),
        Invalid(
            "import tensorflow.compat.v1 as tf\nop = tf.assign_add(v, 1, True, name='up')\n",
            "import tensorflow.compat.v1 as tf\n"
            "op = v.assign_add(1, use_locking=True, name='up')\n",
        ),
        Invalid(
            "from tensorflow.python.ops import state_ops\nstate_ops.assign_sub(a or b, value=x)\n",
            "from tensorflow.python.ops import state_ops\n(a or b).assign_sub(x)\n",
        ),
        Invalid(
            "import tensorflow as tf\nop = tf.assign(v, x, True, use_locking=l)\n",
            "import tensorflow as tf\nop = v.assign(x, use_locking=l)\n",
        ),
        Invalid(
            "import tensorflow as tf\nop = tf.scatter_add(v, i, u, name='n')\n",
            "import tensorflow as tf\n"
            "op = v.scatter_add(tf.IndexedSlices(indices=i, values=u), name='n')\n",
        ),
        Invalid(
            "import tensorflow as tf\nop = tf.scatter_nd_update(v, i, updates=u)\n",
            "import tensorflow as tf\nop = v.scatter_nd_update(i, updates=u)\n",
        ),
        Invalid(
            "from tensorflow.python.ops import state_ops\nstate_ops.scatter_sub(v, i, u)\n",
            "import tensorflow as tf\nfrom tensorflow.python.ops import state_ops\n"
            "v.scatter_sub(tf.IndexedSlices(indices=i, values=u))\n",
        ),
        Invalid(
            "from tensorflow.keras import backend as K\nK.update_add(v, 1.)\n",
            "from tensorflow.keras import backend as K\nv.assign_add(1.)\n",
        ),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Rewrite whatever no other rule refused."""
        if site.call is None or site.op is None:
            return None
        bound = site.bound
        if not isinstance(bound, Bound):
            return None
        receiver = receiver_of(site, bound)
        seen, module = site.seen, site.module
        variable = receiver.is_variable
        by_sight = variable and not receiver.doubt
        proven = by_sight or (seen is not None and seen.variable)
        arguments = arguments_of(bound, receiver)
        if isinstance(arguments, Refusal):
            return None
        op = site.op
        safety = Safety.SAFE if proven else Safety.ASSUMED
        if by_sight:
            why = f"the receiver is a variable ({receiver.why})"
        elif proven and seen is not None:
            why = f"the receiver was a variable in {seen.run}"
        elif module.stale:
            return refuse(
                f"{op.name} left alone: the file has changed since {module.stale} recorded it; "
                "record it again"
            )
        else:
            against = receiver.doubt or "nothing in this file says otherwise"
            why = f"the receiver is assumed to be a variable; {against}"
            if variable:
                why = f"the receiver is a variable ({receiver.why}), but {receiver.doubt}"
            if module.runs:
                why += f", and {module.runs} never reached this call"
        if proven and op.renames_op and "name" in bound.parameters:
            safety = Safety.ASSUMED
            why += "; the function ignored name= for resource variables, the method does not"
        if proven and op.caveat:
            safety = Safety.ASSUMED
            why += f"; {op.caveat}"
        if module.safe_only and safety is not Safety.SAFE:
            return refuse(f"left alone with --safe: {why}")
        packed_by = None
        if any(argument.packed for argument in arguments):
            packed_by = member_name("IndexedSlices", site.node, site.scope, module.module)
        return Decision(
            Status.REWRITTEN,
            f"{op.name} becomes the method .{op.method}(): {why}",
            safety,
            MethodCall(op.method, bound.receiver, arguments, packed_by),
        )
