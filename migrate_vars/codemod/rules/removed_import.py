"""MV207: an import that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from migrate_vars.codemod.dead_imports import lacking
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise


class RemovedImport(Rule):
    """``from tensorflow import assign`` fails under TensorFlow 2."""

    code = "MV207"
    title = "TensorFlow 2 does not have this import"
    rationale = (
        "from tensorflow import assign raises ImportError under TensorFlow 2. Where its last use "
        "was rewritten, it is removed, too (MV113); elsewhere it is left, as something may need "
        "what it imports. Remove it by hand."
    )
    valid = (
        "from tensorflow.compat.v1 import assign\n",
        "from tensorflow import assign\nassign(v, 1.)\n",
    )
    invalid = (
        Invalid("from tensorflow import assign\n"),
        Invalid(
            "from tensorflow import assign, Variable\nassign(v, Variable(1.))\n",
            "from tensorflow import assign, Variable\nv.assign(Variable(1.))\n",
        ),
        Invalid(
            "from tensorflow import assign\n__all__ = ['assign']\nassign(v, 1.)\n",
            "from tensorflow import assign\n__all__ = ['assign']\nv.assign(1.)\n",
        ),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Name the imports of state ops from TensorFlow's root that are left."""
        for node, _ in module.scopes.imports:
            gone = lacking(node)
            if gone and node not in module.removed:
                yield advise(f"TensorFlow 2 has no {', '.join(gone)} to import; remove it", node)
