"""The direction of the arrows in ARCHITECTURE.md."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "migrate_vars"
ARROWS: dict[str, set[str]] = {
    "analysis": set(),
    "codemod": {"analysis", "editing", "findings", "rewriting"},
    "compat": {"analysis", "editing", "findings", "rewriting", "tf1"},
    "editing": {"analysis"},
    "equivalence": {"analysis", "codemod", "findings", "recorder", "trajectory", "workspace"},
    "findings": set(),
    "recorder": set(),
    "rewriting": {"analysis", "editing", "findings"},
    "survey": {"analysis", "compat", "editing", "findings", "rewriting", "workspace"},
    "tf1": set(),
    "trajectory": {"recorder"},
    "workspace": {
        *("analysis", "codemod", "compat", "editing", "findings", "rewriting", "trajectory")
    },
}
#: The rooms of ``equivalence``, each of which takes from those before it; the files that stand in
#: no room come last.
ROOMS = ("running", "outputs", "judging", "reporting", "")
NO_CIRCLES = (
    *("analysis", "codemod", "compat", "editing", "equivalence", "findings", "rewriting"),
    *("survey", "workspace"),
)


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


@pytest.mark.parametrize("part", sorted(set(ARROWS) - {"recorder", "tf1"}))
def test_tensorflow_is_imported_where_programs_run_only(part: str) -> None:
    for path in (PACKAGE / part).rglob("*.py"):
        heavy = {module.partition(".")[0] for module in imports(path)} & {"tensorflow", "keras"}
        assert not heavy, f"{path.relative_to(PACKAGE)} imports {heavy}"


def room(module: str) -> str | None:
    """The room of ``equivalence`` that a module stands in, or None where it is elsewhere."""
    names = module.split(".")
    if names[:2] != ["migrate_vars", "equivalence"]:
        return None
    return names[2] if len(names) > 2 and names[2] in ROOMS else ""


def test_data_flow_one_way_through_verify() -> None:
    places = {name: place for place, name in enumerate(ROOMS)}
    folders = {path.parent.name for path in (PACKAGE / "equivalence").glob("*/__init__.py")}
    assert folders == set(ROOMS) - {""}
    for path in (PACKAGE / "equivalence").rglob("*.py"):
        own = "" if path.parent.name == "equivalence" else path.parent.name
        for module in imports(path):
            other = room(module)
            if other is not None:
                assert places[other] <= places[own], f"{path.relative_to(PACKAGE)}: {module}"


def test_no_packages_import_each_other_in_a_circle() -> None:
    TopologicalSorter(ARROWS).prepare()  # which raises a CycleError


@pytest.mark.parametrize("part", NO_CIRCLES)
def test_no_files_import_each_other_in_a_circle(part: str) -> None:
    files = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (PACKAGE / part).rglob("*.py")
    }
    arrows = {name: files.keys() & set(imports(path)) - {name} for name, path in files.items()}
    TopologicalSorter(arrows).prepare()


@pytest.mark.parametrize(
    "part",
    [
        *("analysis", "codemod", "compat", "editing", "findings", "rewriting", "survey"),
        "workspace",
    ],
)
def test_a_file_holds_one_idea(part: str) -> None:
    for path in (PACKAGE / part).rglob("*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 500, path.relative_to(PACKAGE)
