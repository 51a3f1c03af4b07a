"""MV105: Starred arguments hide the receiver."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Problem
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import argument_problem
from migrate_vars.codemod.sites import Decision, Site


class StarredArguments(Rule):
    """Starred arguments hide the receiver."""

    code = "MV105"
    title = "Starred arguments hide the receiver"
    rationale = (
        "Which argument is the variable cannot be read off tf.assign(*pair) or tf.assign(v, x, "
        "**options). Unpack the arguments first."
    )
    valid = ("import tensorflow as tf\ntf.group(*[tf.assign(v, x)])\n",)
    invalid = (
        Invalid("import tensorflow as tf\nops = [tf.assign(*p) for p in pairs]\n"),
        Invalid("import tensorflow as tf\ntf.assign(v, x, **options)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse the call if its arguments have this problem."""
        return argument_problem(site, Problem.STARRED)
