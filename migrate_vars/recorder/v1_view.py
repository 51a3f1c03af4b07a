"""A view of TensorFlow 2 as TensorFlow 1, for programs that ``import tensorflow as tf``.

Such a program uses names that TensorFlow 2 only has in ``tensorflow.compat.v1``. When one of its
own files imports ``tensorflow``, it gets a module that looks there first, and TensorFlow 2
behaviour is disabled; TensorFlow itself and other libraries are not affected. The source and line
numbers of the program do not change.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import sys
import types
from typing import Callable, Dict, List, Optional, Sequence, Set, Tuple

from . import mnist
from .interfaces import TensorFlowModule, Value
from .user_code import UserCode
from .v1_detection import find_v1_name

# Internal modules of TensorFlow 2 that still have the code of TensorFlow 1.15, for names that
# `tensorflow.compat.v1` no longer has, or only with another Keras installed.
_LEGACY: Dict[str, Tuple[str, ...]] = {
    "layers": (
        *map(
            "tensorflow.python.keras.legacy_tf_layers.{}".format,
            ("core", "convolutional", "pooling", "base"),
        ),
        __package__ + ".batch_normalization",
    ),
    "nn": (),
    "nn.rnn_cell": ("tensorflow.python.keras.layers.legacy_rnn.rnn_cell_impl",),
}
_MISSING = object()


class _View(types.ModuleType):
    """Has the attributes of several modules; the first module that has one wins."""

    def __init__(self, name: str, modules: Sequence[TensorFlowModule]) -> None:
        super().__init__("tensorflow" + ("." + name if name else ""))
        self.__dict__.update(_prefix=name + "." if name else "", _modules=modules)

    def __getattr__(self, name: str) -> Value:
        path = self._prefix + name
        found = [value for value in map(_attribute(name), self._modules) if value is not _MISSING]
        legacy = [module for module in map(_module, _LEGACY.get(path, ())) if module is not None]
        if path in _LEGACY:
            kept = [value for value in found if "Lazy" not in type(value).__name__]  # not Keras 3
            found = [_View(path, kept + legacy)]
        if not found and f"tensorflow.{path}" in sys.modules:
            found = [sys.modules[f"tensorflow.{path}"]]  # `python`, not exported
        if not found:
            raise AttributeError(f"TensorFlow {_version()} has no {self.__name__}.{name}")
        setattr(self, name, found[0])
        return found[0]

    def __dir__(self) -> List[str]:
        return sorted({name for module in self._modules for name in dir(module)})


class V1View:
    """Provides the view to the files of one program, if it needs it."""

    def __init__(
        self, when: str, main: str, user_code: UserCode, warn: Callable[[str], None]
    ) -> None:
        """Prepares the view.

        Args:
            when: "auto": if a file of the program uses a name of TensorFlow 1 under the name
                ``tensorflow``; "always" or "never".
            main: The file that runs as the program.
            user_code: Distinguishes the program's files from libraries.
            warn: Receives a warning if the view is used.
        """
        self._when = when
        self._main: Optional[str] = main
        self._user_code = user_code
        self._warn = warn
        self._view: Optional[_View] = None
        self._seen: Set[str] = set()
        self._original = builtins.__import__

    def install(self) -> None:
        """Hooks all imports from now on."""
        if self._when == "never":
            return
        mnist.install()
        original = self._original

        @functools.wraps(original)
        def import_module(
            name: str,
            globals: Value = None,
            locals: Value = None,
            fromlist: Value = (),
            level: int = 0,
        ) -> Value:
            module = original(name, globals, locals, fromlist, level)
            if name.partition(".")[0] != "tensorflow" or level:
                return module
            importer = sys._getframe(1).f_code.co_filename
            if not self._user_code.is_user_file(importer) or not self._needed(importer):
                return module
            return module if fromlist and name != "tensorflow" else self._view

        builtins.__import__ = import_module

    def _needed(self, importer: str) -> bool:
        """Whether the program needs the view, now that ``importer`` imports TensorFlow."""
        if self._view is not None:
            return True
        tensorflow = sys.modules["tensorflow"]
        if not hasattr(tensorflow, "compat") or _version().startswith("1."):
            return False
        reason = "it was asked for"
        if self._when == "auto":
            # First the whole program is searched, later only files that were not found then.
            files = [importer] if self._main is None else [self._main, importer]
            self._main = None
            found = find_v1_name(files, tensorflow, self._user_code, self._seen)
            if found is None:
                return False
            reason = f"{found} is of TensorFlow 1"
        self._switch_on(tensorflow, reason)
        return True

    def _switch_on(self, tensorflow: TensorFlowModule, reason: str) -> None:
        v1 = tensorflow.compat.v1
        v1.disable_v2_behavior()
        self._view = _View("", [v1, tensorflow])
        self._warn(
            "'import tensorflow' gives tensorflow.compat.v1 here, with TensorFlow 2 behaviour "
            f"switched off: {reason}"
        )


def _attribute(name: str) -> Callable[[TensorFlowModule], Value]:
    return lambda module: getattr(module, name, _MISSING)


def _module(name: str) -> Optional[TensorFlowModule]:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _version() -> str:
    return str(vars(sys.modules["tensorflow"])["__version__"])
