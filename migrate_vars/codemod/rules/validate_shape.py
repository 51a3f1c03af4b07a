"""MV104: The method cannot skip shape validation."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Problem
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import argument_problem
from migrate_vars.codemod.sites import Decision, Site


class ValidateShape(Rule):
    """The method cannot skip shape validation."""

    code = "MV104"
    title = "The method cannot skip shape validation"
    rationale = (
        "validate_shape=False lets tf.assign change the shape of a reference variable. No "
        "method of a variable does that, and dropping the argument would turn a working call "
        "into an error. Where the shapes agree, remove the argument first."
    )
    valid = (
        "import tensorflow as tf\ntf.assign(v, x, validate_shape=True)\n",
        "import tensorflow as tf\ntf.assign(v, x, None)\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\ntf.assign(v, x, validate_shape=False)\n"),
        Invalid("import tensorflow as tf\ntf.assign(v, x, check)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse the call if its arguments have this problem."""
        return argument_problem(site, Problem.VALIDATE_SHAPE)
