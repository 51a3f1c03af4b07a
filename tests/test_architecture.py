"""The direction of the arrows in ARCHITECTURE.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "migrate_vars"
ARROWS: dict[str, set[str]] = {
    "codemod": {"findings"},
    "equivalence": {"codemod", "findings", "recorder", "trajectory", "workspace"},
    "findings": {"codemod"},
    "recorder": set(),
    "trajectory": {"recorder"},
    "workspace": {"codemod", "findings", "trajectory"},
}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports by its full name, inside functions too."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_part_is_on_the_map() -> None:
    parts = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert parts == set(ARROWS)
    text = (REPOSITORY / "ARCHITECTURE.md").read_text("utf-8")
    assert all(f"  {part}/ " in text for part in parts)


@pytest.mark.parametrize("part", ARROWS)
def test_a_part_imports_only_what_the_arrows_allow(part: str) -> None:
    allowed = {part, *ARROWS[part]}
    for path in (PACKAGE / part).rglob("*.py"):
        for module in imports(path):
            names = module.split(".")
            if names[0] == "migrate_vars" and len(names) > 1 and names[1] != "__version__":
                assert names[1] in allowed, f"{path.relative_to(PACKAGE)} imports {module}"


@pytest.mark.parametrize("part", sorted(set(ARROWS) - {"recorder"}))
def test_tensorflow_is_imported_by_the_recorder_only(part: str) -> None:
    for path in (PACKAGE / part).rglob("*.py"):
        heavy = {module.partition(".")[0] for module in imports(path)} & {"tensorflow", "keras"}
        assert not heavy, f"{path.relative_to(PACKAGE)} imports {heavy}"
