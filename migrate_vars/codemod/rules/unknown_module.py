"""MV203: it looks like a state op, but its module is not known."""

from __future__ import annotations

import ast

from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.tensorflow import OTHER_FRAMEWORKS, TENSORFLOW_LIKE_NAMES
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse

_HINT = "if it re-exports TensorFlow, name it with --tf-modules"


class UnknownModule(Rule):
    """A call that looks like a state op through a module that is not TensorFlow's own."""

    code = "MV203"
    title = "It looks like a state op of an unknown module"
    rationale = (
        "Libraries re-export TensorFlow (from lingvo import compat as tf). Where such a module is "
        "a file of the project, it is read. Where it is not, or binds the name in a way that is "
        "not understood, whether its assign is TensorFlow's cannot be told, and the call is left "
        "alone. If it is, name the module with --tf-modules lingvo.compat, or with tf-modules in "
        "pyproject.toml. A module whose name ends in backend or K can also be a backend of Keras."
    )
    valid = (
        "import pandas as pd\npd.DataFrame(d).assign(a=1, b=2)\n",
        "class A:\n    def f(self): return self.assign(1, 2)\n",
        "import torch\ntorch.scatter_add(a, 0, b, c)\n",
        "def f(v): return v.assign(1., use_locking=True)\n",
    )
    invalid = (
        Invalid("from lingvo import compat as tf\ntf.assign(v, 1.)\n"),
        Invalid("from lingvo.compat import assign\nassign(v, 1.)\n"),
        Invalid("def f(tf, v): return tf.assign(v, 1.)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave a call that may be a state op."""
        call = site.call
        if site.op is not None or call is None or not _enough_arguments(call):
            return None
        meaning = site.meaning
        if isinstance(site.node, ast.Attribute):
            base = site.node.value
            base_name = last_name(base)
            if base_name in TENSORFLOW_LIKE_NAMES:
                return _refusal(site, base_name) if meaning.modules or meaning.unknown else None
            if base_name is None or (base_name[:1].isupper() and base_name != "K"):
                return None
        modules = {m for m in meaning.modules if m.partition(".")[0] not in OTHER_FRAMEWORKS}
        if not modules:
            return None
        what = ", ".join(sorted(modules))
        return refuse(
            f"{site.name} left alone: '{what}' is not TensorFlow itself, and may re-export it; "
            f"{_HINT}"
        )

    def check_reference(self, site: Site) -> Decision | None:
        """Leave a reference through a name that people give to TensorFlow."""
        if site.op is not None or not isinstance(site.node, ast.Attribute):
            return None
        base = last_name(site.node.value)
        if base not in TENSORFLOW_LIKE_NAMES or not site.meaning.modules:
            return None
        return _refusal(site, base)


def _refusal(site: Site, base: str) -> Decision:
    modules = site.meaning.modules
    what = ", ".join(sorted(modules | site.meaning.unknown))
    hint = f"; {_HINT}" if modules else ""
    return refuse(f"{site.name} left alone: '{base}' is {what}{hint}")


def _enough_arguments(call: ast.Call) -> bool:
    given = [*call.args, *(k.value for k in call.keywords)]
    starred = any(isinstance(a, ast.Starred) for a in call.args)
    return len(given) >= 2 or starred or any(k.arg is None for k in call.keywords)
