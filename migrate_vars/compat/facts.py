"""How the symbols that ``compat.v1`` lacks are looked up in the table of what serves."""

from __future__ import annotations

from migrate_vars.tf1.facts import FACTS as FACTS
from migrate_vars.tf1.facts import RUNTIME as RUNTIME
from migrate_vars.tf1.facts import V1
from migrate_vars.tf1.facts import Fact as Fact


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


def is_as_good(name: str, member: str) -> bool:
    """Tell whether a name is as good as what serves for a symbol: the same by another name."""
    module = FACTS.get(member.rpartition(".")[0])
    own = module is not None and module.serves == f"{RUNTIME}.{module.symbol}"
    return own and name == f"{RUNTIME}.{member}"


def parts_ways(member: str) -> bool:
    """Tell whether something below a name is served elsewhere than the name itself."""
    beginning = f"{member}."
    whole = served(member)
    fact = fact_of(member)
    if fact is not None and not fact.serves and whole is not None:
        return True  # the module is served, but not all that was in it
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
