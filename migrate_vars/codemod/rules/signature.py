"""MV106: The arguments do not fit the signature."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Problem
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import argument_problem
from migrate_vars.codemod.sites import Decision, Site


class SignatureMismatch(Rule):
    """The arguments do not fit the signature."""

    code = "MV106"
    title = "The arguments do not fit the signature"
    rationale = (
        "The call has too many arguments, misses one, or uses a name that the function does not "
        "have. It would raise TypeError when reached; what it was meant to do cannot be "
        "guessed."
    )
    valid = ("import tensorflow as tf\ntf.assign(v, value=x, name=None)\n",)
    invalid = (
        Invalid("import tensorflow as tf\ntf.assign(v, x, read_value=False)\n"),
        Invalid("import tensorflow as tf\ntf.assign_add(v, 1, True, None, 2)\n"),
        Invalid("import tensorflow as tf\ntf.assign(v)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse the call if its arguments have this problem."""
        return argument_problem(site, Problem.SIGNATURE)
