"""What the table says is served is there, and what it says is lacking is not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from migrate_vars.compat.facts import FACTS, RUNTIME, fact_of, is_as_good, parts_ways, served
from tests.conftest import REPOSITORY

# What is taken from tf_slim is bound when it is used: tests/tf1/test_facts.py imports it.
OWN = sorted(
    symbol
    for symbol, fact in FACTS.items()
    if fact.serves.startswith(f"{RUNTIME}.")
    and not ("tf_slim" in fact.packages and symbol.count(".") == 2)
)
LACKING = sorted(
    symbol
    for symbol, fact in FACTS.items()
    if not fact.serves
    and symbol.startswith("contrib.")
    and symbol.count(".") == 2
    and FACTS[symbol.rpartition(".")[0]].serves
)


def file_of(module: str) -> Path:
    """The file of a module of this project."""
    path = REPOSITORY.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def bound(module: str) -> set[str]:
    """The names that the imports of a module of this project bind."""
    tree = ast.parse(file_of(module).read_text("utf-8"))
    return {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


@pytest.mark.parametrize("symbol", OWN)
def test_the_runtime_has_what_it_serves(symbol: str) -> None:
    serves = FACTS[symbol].serves
    module, _, name = serves.rpartition(".")
    assert file_of(serves).is_file() or name in bound(module)


@pytest.mark.parametrize("symbol", LACKING)
def test_the_runtime_lacks_what_it_does_not_serve(symbol: str) -> None:
    module, _, name = symbol.rpartition(".")
    assert name not in bound(FACTS[module].serves)


def test_the_longest_symbol_around_a_name_counts() -> None:
    assert served("placeholder") == "tensorflow.compat.v1.placeholder"
    assert served("") == "tensorflow.compat.v1"
    assert served("layers.dense") == "tensorflow.compat.v1.layers.dense"
    assert served("contrib.layers.flatten") == f"{RUNTIME}.contrib.layers.flatten"
    assert served("contrib.rnn.GRUCell") == "tensorflow.compat.v1.nn.rnn_cell.GRUCell"
    assert served("contrib.training.HParams") == f"{RUNTIME}.contrib.training.HParams"
    assert served("contrib.opt") == f"{RUNTIME}.contrib.opt"
    assert served("contrib.opt.AdamWOptimizer") is None
    assert served("contrib.no_such_module.f") is None
    assert served("contrib.rnn.SRUCell") is None
    assert served("contrib") == f"{RUNTIME}.contrib"
    found = fact_of("contrib.layers.flatten.more")
    assert found is not None
    assert found.symbol == "contrib.layers"
    assert fact_of("nn.relu") is None


def test_where_symbols_below_a_name_go_different_ways() -> None:
    assert parts_ways("contrib.rnn")
    assert parts_ways("contrib")
    assert not parts_ways("nn.rnn_cell")
    assert not parts_ways("examples")
    assert is_as_good(f"{RUNTIME}.contrib.rnn.GRUCell", "contrib.rnn.GRUCell")
    assert not is_as_good(f"{RUNTIME}.contrib.layers.GRUCell", "contrib.rnn.GRUCell")
