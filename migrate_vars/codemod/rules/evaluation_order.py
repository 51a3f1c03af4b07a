"""MV107: The order of evaluation would change."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Problem
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import argument_problem
from migrate_vars.codemod.sites import Decision, Site


class EvaluationOrder(Rule):
    """The order of evaluation would change."""

    code = "MV107"
    title = "The order of evaluation would change"
    rationale = (
        "The receiver of a method is evaluated before the arguments. Where ref= comes after an "
        "argument that does something, such as a call, the rewrite would swap the two."
    )
    valid = (
        "import tensorflow as tf\ntf.assign(value=1., ref=v)\n",
        "import tensorflow as tf\ntf.assign(ref=make(), value=compute())\n",
    )
    invalid = (Invalid("import tensorflow as tf\ntf.assign(value=compute(), ref=v)\n"),)

    def check_call(self, site: Site) -> Decision | None:
        """Refuse the call if its arguments have this problem."""
        return argument_problem(site, Problem.ORDER)
