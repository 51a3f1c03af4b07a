"""MV207: an import that TensorFlow 2 no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise
from migrate_vars.codemod.state_ops import STATE_OPS


class RemovedImport(Rule):
    """``from tensorflow import assign`` fails under TensorFlow 2."""

    code = "MV207"
    title = "TensorFlow 2 does not have this import"
    rationale = (
        "from tensorflow import assign raises ImportError under TensorFlow 2. Its calls are "
        "rewritten, the import is left, as other modules may import the name from here. Remove "
        "it."
    )
    valid = ("from tensorflow.compat.v1 import assign\n",)
    invalid = (
        Invalid(
            "from tensorflow import assign as a\na(v, 1.)\n",
            "from tensorflow import assign as a\nv.assign(1.)\n",
        ),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Name the imports of state ops from TensorFlow's root."""
        for node, _ in module.scopes.imports:
            if node.module == "tensorflow" and not node.level:
                gone = [alias.name for alias in node.names if alias.name in STATE_OPS]
                if gone:
                    yield advise(
                        f"TensorFlow 2 has no {', '.join(gone)} to import; remove the import", node
                    )
