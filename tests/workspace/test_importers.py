"""Whether other files import a name from a module."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.workspace import importers, module_files
from migrate_vars.workspace.importers import imported_from
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_files import rewrite_paths

OPS = "from tensorflow import assign\n\n\ndef up(v):\n    return assign(v, 1.)\n"


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("/init/", "/__init__")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)


@pytest.mark.parametrize(
    "text",
    [
        *("from pkg.ops import assign\n", "from .ops import (\n    assign,\n)\n"),
        *("from pkg.ops import *\nassign(v, 1.)\n", "import pkg.ops as o\no.assign(v, 1.)\n"),
        "from pkg import ops\nops.assign(v, 1.)\n",
    ],
)
@pytest.mark.parametrize("place", ["pkg__other", "pkg__sub__other", "scripts__run", "run"])
def test_a_file_of_the_project_that_imports_it(tmp_path: Path, place: str, text: str) -> None:
    write(tmp_path, pkg__ops=OPS, **{place: text})
    (tmp_path / "pkg" / "__init__.py").touch()
    (tmp_path / "pyproject.toml").touch()
    list(rewrite_paths([tmp_path / "pkg" / "ops.py"], Options()))
    written = (tmp_path / "pkg" / "ops.py").read_text()
    assert written == OPS.replace("assign(v, 1.)", "v.assign(1.)")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from pkg.ops import up\n",
        "from tensorflow import assign\n",
        "import pkg.ops2, assign\n",
    ],
)
def test_other_files(tmp_path: Path, text: str) -> None:
    write(tmp_path, pkg__ops=OPS, run=text)
    (tmp_path / "pyproject.toml").touch()
    list(rewrite_paths([tmp_path / "pkg" / "ops.py"], Options()))
    assert "import" not in (tmp_path / "pkg" / "ops.py").read_text()


def test_without_a_project_the_files_beside_count(tmp_path: Path) -> None:
    write(tmp_path, a__ops=OPS, a__run="from ops import assign\n", b__run="from ops import put\n")
    imported = imported_from(str(tmp_path / "a" / "ops.py"))
    marks = module_files.PROJECT_MARKS
    if not any((up / mark).exists() for up in tmp_path.parents for mark in marks):
        assert imported("assign")
        assert not imported("put")


def test_what_is_no_file_has_no_importers() -> None:
    assert not imported_from("<stdin>")("assign")


def test_a_project_that_is_too_large_counts_as_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ops=OPS, a="", b="")
    (tmp_path / "setup.py").touch()
    assert not imported_from(str(tmp_path / "ops.py"))("assign")
    monkeypatch.setattr(importers, "LIMIT", 1)
    assert imported_from(str(tmp_path / "ops.py"))("assign")
