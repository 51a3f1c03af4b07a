"""Which file an import leads to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrate_vars.workspace.module_files import ModuleFiles

FILES = (
    *("setup.py", "run.py", "top.py", "twice.py", "src/lib/__init__.py", "src/lib/inner.py"),
    *("pkg/__init__.py", "pkg/mod.py", "pkg/sub/__init__.py", "pkg/sub/mod.py", "pkg/sub/near.py"),
    *("pkg/both.py", "pkg/both/__init__.py", "scripts/train.py", "scripts/helper.py"),
    *("scripts/top.py", "plain/inside/mod.py", "other/one/twice.py", "other/one/two/a.py"),
    *("pkg/sub/twice.py", "pkg/twice.py", "names.with.dots/mod.py"),
)
ROOTS = {
    ("top", "run.py"): "top.py",
    ("top", "scripts/train.py"): "scripts/top.py",  # the script's own folder comes first
    ("helper", "scripts/train.py"): "scripts/helper.py",
    ("helper", "run.py"): None,
    ("pkg", "run.py"): "pkg/__init__.py",
    ("pkg", "scripts/train.py"): "pkg/__init__.py",
    ("pkg", "pkg/sub/mod.py"): "pkg/__init__.py",
    ("lib", "scripts/train.py"): "src/lib/__init__.py",
    ("top", "pkg/sub/mod.py"): "top.py",
    ("near", "pkg/sub/mod.py"): "pkg/sub/near.py",  # as Python 2 would
    ("mod", "pkg/sub/near.py"): None,  # pkg/mod.py or pkg/sub/mod.py
    ("twice", "pkg/sub/mod.py"): "twice.py",
    ("plain", "run.py"): "plain",
    ("twice", "other/one/two/a.py"): None,  # other/one/twice.py or twice.py
    ("missing", "run.py"): None,
    (".", "pkg/sub/mod.py"): "pkg/sub/__init__.py",
    ("..", "pkg/sub/mod.py"): "pkg/__init__.py",
    (".", "plain/inside/mod.py"): "plain/inside",
    ("." * 200, "pkg/sub/mod.py"): "/",
}
MODULES = {
    "pkg/__init__.py": "pkg",
    "pkg/sub/mod.py": "pkg.sub.mod",
    "src/lib/inner.py": "lib.inner",
    "plain/inside/mod.py": "plain.inside.mod",
    "scripts/train.py": "scripts.train",
    "top.py": "top",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = Path(os.path.realpath(tmp_path))
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x = 1\n")
    return root


@pytest.mark.parametrize(("name", "importer"), ROOTS)
def test_where_an_import_begins(tree: Path, name: str, importer: str) -> None:
    expected = ROOTS[name, importer]
    found = ModuleFiles().root(name, str(tree / importer))
    assert found == (None if expected is None else str(tree / expected))


def test_paths_from_here(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert ModuleFiles().root("top", "run.py") == str(tree / "top.py")
    assert ModuleFiles().root("..", "pkg/sub/mod.py") == str(tree / "pkg" / "__init__.py")


def test_modules_inside_of_packages(tree: Path) -> None:
    files = ModuleFiles()
    package = str(tree / "pkg" / "__init__.py")
    assert files.submodule(package, "mod") == str(tree / "pkg" / "mod.py")
    assert files.submodule(package, "sub") == str(tree / "pkg" / "sub" / "__init__.py")
    assert files.submodule(package, "both") == str(tree / "pkg" / "both" / "__init__.py")
    assert files.submodule(package, "missing") is None
    assert files.submodule(str(tree / "pkg" / "mod.py"), "sub") is None
    assert files.submodule(str(tree / "plain"), "inside") == str(tree / "plain" / "inside")


@pytest.mark.parametrize("file", MODULES)
def test_what_a_module_is_called(tree: Path, file: str) -> None:
    assert ModuleFiles().module(str(tree / file)) == MODULES[file]


def test_what_cannot_be_read(tree: Path) -> None:
    files = ModuleFiles()
    assert files.read(str(tree / "top.py")) == b"x = 1\n"
    assert files.read(str(tree / "pkg")) is None
    assert files.read(str(tree / "missing.py")) is None
