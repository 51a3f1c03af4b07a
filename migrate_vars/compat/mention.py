"""Which sources matter: told from their bytes, so that most are never parsed."""

from __future__ import annotations

import re

from migrate_vars.compat.facts import FACTS
from migrate_vars.compat.v1_names import is_v1_only

_IMPORT_OF_TENSORFLOW = re.compile(
    rb"""\b(?:import|from)(?:[ \t]|\\\r?\n)+
         (?:[\w.]+(?:[ \t]+as[ \t]+\w+)?[ \t]*,[ \t]*)*tensorflow\b""",
    re.VERBOSE,
)
_FROM = re.compile(
    rb"^[ \t]*from[ \t]+tensorflow((?:\.\w+)*)[ \t]+import[ \t]*(\([^)]*\)|[^\n#]*)", re.MULTILINE
)
_USE = re.compile(rb"\b(?:tf|tensorflow)\.(\w+(?:\.\w+)*)")
_NAME = re.compile(rb"\w+")
_KERAS_SYMBOLS = b"|".join(
    sorted(symbol.replace(".", r"\.").encode() for symbol, fact in FACTS.items() if fact.keras)
)
_KERAS = re.compile(
    rb"(?:\btf\w*|\bv1|tensorflow|contrib)\s*\.\s*(?:%b)\b"
    rb"|tensorflow[\w.]*[ \t]+import[^\n]*\b(?:%b)\b" % (_KERAS_SYMBOLS, _KERAS_SYMBOLS)
)


def may_matter(source: bytes) -> bool:
    """Tell whether a source can import TensorFlow itself."""
    return b"tensorflow" in source


def imports_tensorflow(source: bytes) -> bool:
    """Tell whether a source imports TensorFlow, by its words alone."""
    return b"tensorflow" in source and _IMPORT_OF_TENSORFLOW.search(source) is not None


def names_v1(source: bytes) -> bool:
    """Tell whether a source uses a name of TensorFlow 1 as ``tf.name``, by its words alone."""
    if b"tensorflow" not in source and b"tf." not in source:
        return False
    if b"tensorflow.compat.v1 as" in source:
        return True
    if any(is_v1_only(name.decode()) for name in dict.fromkeys(_USE.findall(source))):
        return True
    for module, names in _FROM.findall(source):
        below = module.decode().lstrip(".")
        if below.startswith("compat"):
            return True
        for name in _NAME.findall(names):
            if is_v1_only(f"{below}.{name.decode()}" if below else name.decode()):
                return True
    return False


def mentions_keras(source: bytes) -> bool:
    """Tell whether a source uses something that needs Keras 2, by its words alone."""
    return _KERAS.search(source) is not None
