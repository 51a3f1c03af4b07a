"""Which sources matter: told from their bytes, so that most are never parsed."""

from __future__ import annotations

import re

from migrate_vars.analysis.words import Words
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
_KERAS_SYMBOLS = sorted(symbol for symbol, fact in FACTS.items() if fact.keras)
_IN_PLACE = b"|".join(
    symbol.replace(".", r"\.").encode()
    for symbol in _KERAS_SYMBOLS
    if not symbol.startswith("contrib.")
)
_KERAS = re.compile(
    rb"(?:\btf\w*|\bv1|tensorflow)\s*\.\s*(?:%b)\b"
    rb"|tensorflow[\w.]*[ \t]+import[^\n]*\b(?:%b)\b" % (_IN_PLACE, _IN_PLACE)
)
_OF_CONTRIB = frozenset(
    symbol.rpartition(".")[2] for symbol in _KERAS_SYMBOLS if symbol.startswith("contrib.")
)
_CONTRIB_WORDS = Words(_OF_CONTRIB, tuple(_OF_CONTRIB))
# What a TensorFlow 1 program has no use for, though 1.15 has some of it.
_V2 = re.compile(
    rb"\btf\.(?:function\b|GradientTape\b|Module\b|compat\.v1\.|optimizers\.|config\.run_func"
    rb"|random\.Generator\b|summary\.create_file_writer\b|TensorSpec\b|keras\.optimizers\.)"
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
    if b"migrate_vars.tf1" in source:
        return True  # it was rewritten
    if any(is_v1_only(name.decode()) for name in dict.fromkeys(_USE.findall(source))):
        return True
    for module, names in _FROM.findall(source):
        below = re.sub(r"^\.compat\.v1", "", module.decode()).lstrip(".")
        for name in _NAME.findall(names):
            if is_v1_only(f"{below}.{name.decode()}" if below else name.decode()):
                return True
    return False


def mentions_keras(source: bytes) -> bool:
    """Tell whether a source uses something that needs Keras 2, by its words alone."""
    if b"contrib" in source and any(True for _ in _CONTRIB_WORDS.found(source)):
        return True
    return _KERAS.search(source) is not None


def names_v2(source: bytes) -> bool:
    """Tell whether a source uses what TensorFlow 2 brought, by its words alone."""
    return _V2.search(source) is not None
