"""What serves for the symbols of TensorFlow 1 that ``compat.v1`` lacks, or has in part."""

from __future__ import annotations

from typing import NamedTuple

from migrate_vars.analysis.tensorflow import V1

RUNTIME = "migrate_vars.tf1"
"""Where the modules of this project are that take the place of symbols."""

_KERAS = ("tf_keras",)
_OWN = ("migrate-vars",)


class Fact(NamedTuple):
    """What is known of one symbol, and of all that lies below it.

    Attributes:
        symbol: Its dotted name below ``tensorflow``.
        serves: The full dotted name of what takes its place; "" where nothing does.
        exact: Whether that does the same, but for the rounding of kernels.
        differs: What it does otherwise, in words.
        by_hand: What to do where it is left, in words.
        packages: What it needs beside TensorFlow, as pip names it.
        keras: Whether it needs Keras 2, which ``TF_USE_LEGACY_KERAS`` asks for.
    """

    symbol: str
    serves: str = ""
    exact: bool = True
    differs: str = ""
    by_hand: str = ""
    packages: tuple[str, ...] = ()
    keras: bool = False


def _in_place(symbol: str) -> Fact:
    return Fact(symbol, f"{V1}.{symbol}", packages=_KERAS, keras=True)


def _cell(name: str) -> Fact:
    return Fact(f"contrib.rnn.{name}", f"{V1}.nn.rnn_cell.{name}", packages=_KERAS, keras=True)


FACTS = {
    fact.symbol: fact
    for fact in (
        _in_place("layers"),
        _in_place("nn.rnn_cell"),
        _in_place("keras"),
        *map(_cell, ("BasicLSTMCell", "LSTMCell", "GRUCell", "BasicRNNCell", "MultiRNNCell")),
        *map(_cell, ("DropoutWrapper", "LSTMStateTuple", "RNNCell", "ResidualWrapper")),
        Fact("contrib.rnn.static_rnn", f"{V1}.nn.static_rnn"),
        Fact("contrib", by_hand="there is no tf.contrib in TensorFlow 2"),
        *(
            Fact(f"contrib.{name}", f"{RUNTIME}.contrib.{name}", packages=_OWN)
            for name in ("layers", "slim", "framework", "learn", "losses")
        ),
        Fact("contrib.rnn", f"{RUNTIME}.contrib.rnn", packages=(*_KERAS, *_OWN), keras=True),
        Fact("examples", f"{RUNTIME}.examples", packages=_OWN),
        Fact("estimator", by_hand="TensorFlow 2.16 dropped it"),
    )
}
"""By the symbol."""


def fact_of(member: str) -> Fact | None:
    """Return what is known of a dotted name below ``tensorflow``: of the longest symbol around."""
    while member:
        found = FACTS.get(member)
        if found is not None:
            return found
        member = member.rpartition(".")[0]
    return None


def served(member: str) -> str | None:
    """Return the full dotted name of what serves for a name below ``tensorflow``.

    Returns:
        The name; None where nothing does, or what does is not exact. The modules above what the
        runtime serves are served by it, too.
    """
    fact = fact_of(member)
    if fact is None:
        return f"{V1}.{member}" if member else V1
    if fact.serves and fact.exact:
        return fact.serves + member[len(fact.symbol) :]
    if f"{RUNTIME}.{member}" in _RUNTIME_MODULES:
        return f"{RUNTIME}.{member}"
    return None


def parts_ways(member: str) -> bool:
    """Tell whether something below a name is served elsewhere than the name itself."""
    beginning = f"{member}."
    whole = served(member)
    return any(
        symbol.startswith(beginning)
        and (whole is None or served(symbol) != whole + symbol[len(member) :])
        for symbol in FACTS
    )


def _modules_of_runtime() -> frozenset[str]:
    """Return the modules of the runtime, and those above them, in which something is served."""
    found: set[str] = set()
    for fact in FACTS.values():
        module = fact.serves
        while module.startswith(f"{RUNTIME}."):
            found.add(module)
            module = module.rpartition(".")[0]
    return frozenset(found)


_RUNTIME_MODULES = _modules_of_runtime()
