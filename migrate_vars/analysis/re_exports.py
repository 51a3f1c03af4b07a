"""Modules that the user says re-export TensorFlow, or a backend of Keras."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from migrate_vars.analysis.makers import KERAS_BACKEND, KERAS_BACKEND_MEMBERS
from migrate_vars.analysis.tensorflow import V1


class ReExports:
    """Puts the members of such modules down to TensorFlow.

    A module whose name ends in ``backend`` or ``K`` is taken for a backend of Keras, too.
    """

    def __init__(self, modules: Sequence[str], filename: str = "") -> None:
        """Take the modules.

        Args:
            modules: Their names, such as ``lingvo.compat``.
            filename: The file that imports from them; relative imports are understood by it.
        """
        # The longest first: a member of one module may be named as another.
        self._modules = sorted(modules, key=len, reverse=True)
        parents = PurePath(filename).parents if modules else ()
        self._folders = [p.name for p in parents if p.name not in ("", "..")]

    def __bool__(self) -> bool:
        return bool(self._modules)

    def name(self, name: str) -> str:
        """Return the name of what an import names, put down to TensorFlow where it is of it."""
        if not name.startswith("."):
            for module in self._modules:
                if name == module or name.startswith(module + "."):
                    return _named(module, name[len(module) :])
            return name
        rest = name.lstrip(".")
        up = len(name) - len(rest) - 1
        folders = self._folders[up:]
        for module in self._modules:
            parts = module.split(".")
            for at in range(len(parts)):
                # The import names the end of the module; its beginning is where the file lies,
                # as far as that is known.
                tail = ".".join(parts[at:])
                if (rest == tail or rest.startswith(tail + ".")) and all(
                    map(str.__eq__, reversed(parts[:at]), folders)
                ):
                    return _named(module, rest[len(tail) :])
        return name


def _named(module: str, rest: str) -> str:
    last = module.rpartition(".")[2]
    if (last == "K" or last.endswith("backend")) and rest[1:] in KERAS_BACKEND_MEMBERS:
        return KERAS_BACKEND + rest
    return V1 + rest
