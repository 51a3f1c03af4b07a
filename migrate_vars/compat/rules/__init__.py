"""One short file per kind of rule; this is the list of them."""

from __future__ import annotations

from migrate_vars.compat.rules.beside_tensorflow import NumPyAliases, Python2, ScipyMisc
from migrate_vars.compat.rules.entry import BehaviourSwitch, KerasSwitch, NoEntry
from migrate_vars.compat.rules.imports import ImportOfTensorFlow, PrivateModule
from migrate_vars.compat.rules.keras import KerasUpdates
from migrate_vars.compat.rules.symbols import (
    AmbiguousSymbol,
    MissingSymbol,
    ReplacedSymbol,
    SymbolInString,
)
from migrate_vars.rewriting.rule import Rule

RULES: tuple[Rule, ...] = (
    ImportOfTensorFlow(),
    ReplacedSymbol(),
    MissingSymbol(),
    BehaviourSwitch(),
    KerasSwitch(),
    PrivateModule(),
    SymbolInString(),
    AmbiguousSymbol(),
    NoEntry(),
    KerasUpdates(),
    NumPyAliases(),
    ScipyMisc(),
    Python2(),
)
