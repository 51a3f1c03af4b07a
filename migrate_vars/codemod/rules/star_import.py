"""MV204: a star import hides where names come from."""

from __future__ import annotations

from collections.abc import Iterator

from migrate_vars.analysis.makers import is_raw_op
from migrate_vars.analysis.names import root_name
from migrate_vars.analysis.tensorflow import OTHER_FRAMEWORKS
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, Site, advise, refuse
from migrate_vars.codemod.state_ops import state_op


class StarImport(Rule):
    """Names from ``from module import *`` are never guessed."""

    code = "MV204"
    title = "A star import hides where a name comes from"
    rationale = (
        "After from tensorflow import * a bare assign(v, x) may be TensorFlow's, but nothing in "
        "the file says so. Import what is used by name."
    )
    valid = (
        "from tensorflow.python.ops.math_ops import *\nv.assign(1.)\n",
        "from os.path import *\njoin(a, b)\n",
        "from tensorflow import Variable\nv = Variable(1.)\nv.assign(2.)\n",
    )
    invalid = (
        Invalid("from tensorflow import *\nassign(v, 1.)\n"),
        Invalid("from helpers import *\ntf.assign(v, 1.)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave a call whose first name only a star import can have bound."""
        name = root_name(site.node)
        call = site.call
        if site.op is not None or name is None or call is None or site.meaning.members:
            return None
        if len(call.args) + len(call.keywords) < 2:
            return None
        if site.module.scopes.lookup(name, site.scope):
            return None
        for node, module in site.module.scopes.star_imports:
            if module.partition(".")[0] not in OTHER_FRAMEWORKS:
                return refuse(
                    f"{site.name} left alone: '{name}' may come from "
                    f"'from {module} import *' on line {node.lineno}"
                )
        return None

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Name the star imports of TensorFlow."""
        for node, name in module.scopes.star_imports:
            if state_op(f"{name}.assign") or is_raw_op(f"{name}.assign"):
                yield advise(f"names from 'from {name} import *' are not rewritten", node)
