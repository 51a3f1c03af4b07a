"""Which files are found."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from migrate_vars.workspace.discovery import Selection, python_files
from migrate_vars.workspace.exclusion import DEFAULT_EXCLUDE


def _names(root: Path, *paths: Path | str, selection: Selection | None = None) -> list[str]:
    found = list(python_files(paths or [root], selection))
    return [os.path.relpath(f.path, root) for f in found]


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def test_directories_are_searched_in_order(tmp_path: Path) -> None:
    _touch(tmp_path, "b.py", "a/z.py", "a/a.py", "a/x.txt", "c.pyi", "d.pyc", "n.ipynb")
    assert _names(tmp_path) == ["a/a.py", "a/z.py", "b.py", "n.ipynb"]


def test_hidden_environment_and_build_directories_are_skipped(tmp_path: Path) -> None:
    _touch(tmp_path, ".git/a.py", "build/a.py", "venv/a.py", "env/pyvenv.cfg", "env/a.py")
    _touch(tmp_path, "x/node_modules/a.py", "__pycache__/a.py", "kept/a.py")
    assert _names(tmp_path) == ["kept/a.py"]


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    _touch(tmp_path, "build/a.py", "script", ".gitignore")
    (tmp_path / ".gitignore").write_text("*\n")
    assert _names(tmp_path, tmp_path / "script", tmp_path / "build/a.py") == [
        "script",
        "build/a.py",
    ]
    everything = Selection(respect_gitignore=False)
    assert _names(tmp_path, tmp_path / "build", selection=everything) == ["build/a.py"]


def test_force_exclude_leaves_out_what_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _touch(tmp_path, "build/a.py", "b.py", "c.py", ".gitignore", "d/e.py", "ok.py")
    (tmp_path / ".gitignore").write_text("c.py\n")
    selection = Selection(("build", "d/*.py", "b.py"), force_exclude=True)
    named = ["build/a.py", "b.py", "c.py", "d/e.py", "ok.py", "build"]
    assert _names(tmp_path, *named, selection=selection) == ["ok.py"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("a", ["b/x.py", "b/x_pb2.py"]),
        ("*_pb2.py", ["a/b/y.py", "a/x.py", "b/x.py"]),
        ("a/b", ["a/x.py", "b/x.py", "b/x_pb2.py"]),
        ("a/b/", ["a/x.py", "b/x.py", "b/x_pb2.py"]),
        ("b", ["a/x.py"]),
        ("./a/*.py", ["b/x.py", "b/x_pb2.py"]),
        ("**/x.py", ["a/b/y.py", "b/x_pb2.py"]),
        ("{a,b}/x.py", ["a/b/y.py", "b/x_pb2.py"]),
        ("[!a]/*", ["a/b/y.py", "a/x.py"]),
        ("?/x.py", ["a/b/y.py", "b/x_pb2.py"]),
    ],
)
def test_exclude_patterns(
    pattern: str, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _touch(tmp_path, "a/x.py", "b/x.py", "a/b/y.py", "b/x_pb2.py")
    selection = Selection((pattern,), str(tmp_path))
    assert _names(tmp_path, selection=selection) == left
    monkeypatch.chdir(tmp_path / "a")
    assert _names(tmp_path, tmp_path, selection=selection) == left


GITIGNORES = {
    ".gitignore": "*.gen.py\n/top.py\nout/\n!keep.gen.py\ndeep/**/x.py\n# no.py\n\\!odd.py\nsp \n",
    "a/.gitignore": "!b.gen.py\nlocal.py\n",
    "a/c/.gitignore": "*\n!w.py\n!.gitignore\n",
    ".git/info/exclude": "mine.py\n!top.py\n",
}
IGNORE_FILES = [
    *("top.py", "x.gen.py", "keep.gen.py", "out/a.py", "out.py", "no.py", "!odd.py", "mine.py"),
    *("a/top.py", "a/b.gen.py", "a/d.gen.py", "a/local.py", "a/c/v.py", "a/c/w.py", "local.py"),
    *("deep/x.py", "deep/1/2/x.py", "deep/1/y.py", "a/out/b.py", "a/c/d/w.py", "a/mine.py"),
]


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    _touch(tmp_path, *IGNORE_FILES)
    for name, text in GITIGNORES.items():
        (tmp_path / name).write_text(text)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard", "*.py"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
    )
    wanted = sorted(filter(None, listed.stdout.split("\0")))
    assert sorted(_names(tmp_path)) == wanted
    assert 3 < len(wanted) < len(IGNORE_FILES)
    # What is above the directory that is named counts, too.
    assert sorted(_names(tmp_path, tmp_path / "a")) == [n for n in wanted if n[:2] == "a/"]
    everything = Selection(respect_gitignore=False)
    assert sorted(_names(tmp_path, selection=everything)) == sorted(IGNORE_FILES)


def test_ignore_files_above_do_not_count_outside_of_a_repository(tmp_path: Path) -> None:
    _touch(tmp_path, "a/x.py", "a/y.py", "a/.gitignore", ".gitignore")
    (tmp_path / ".gitignore").write_text("x.py\n")
    (tmp_path / "a" / ".gitignore").write_bytes(b"y.py\n\xff\n[\n")
    assert _names(tmp_path, tmp_path / "a") == ["a/x.py"]


def test_glob_patterns_are_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _touch(tmp_path, "a/x.py", "a/b/y.py", "z.py", "[odd].py")
    assert _names(tmp_path, "a/*.py", "*.py") == ["a/x.py", "[odd].py", "z.py"]
    assert _names(tmp_path, "**/*.py") == ["[odd].py", "a/b/y.py", "a/x.py", "z.py"]
    assert _names(tmp_path, "[odd].py") == ["[odd].py"]
    (found,) = python_files(["no*.py"])
    assert found.error is not None
    assert found.error.strerror == "no file matches the pattern"


def test_each_file_is_found_once(tmp_path: Path) -> None:
    _touch(tmp_path, "a.py")
    (tmp_path / "b.py").symlink_to("a.py")
    assert _names(tmp_path) == ["a.py"]
    assert _names(tmp_path, tmp_path / "a.py", tmp_path, tmp_path / "a.py") == ["a.py"]


def test_links_to_files_that_are_not_found_elsewhere_are_followed(tmp_path: Path) -> None:
    _touch(tmp_path, "out.py", "root/c.txt")
    (tmp_path / "root" / "b.py").symlink_to("../out.py")
    (tmp_path / "root" / "c.py").symlink_to("c.txt")
    assert _names(tmp_path, tmp_path / "root") == ["root/b.py", "root/c.py"]


@pytest.mark.parametrize(
    "target",
    [
        *("root/.hidden/a.py", "root/build/a.py", "root/a_pb2.py", "root/data/a.py"),
        *("root/env/a.py", "root/ignored/a.py", "build/a.py", "x/site-packages/y/a.py"),
        *("root/build/a.txt", "root/.hidden/deep/a"),
    ],
)
@pytest.mark.parametrize("name", ["root", "root/src"])
def test_a_link_is_no_way_around_an_exclusion(tmp_path: Path, target: str, name: str) -> None:
    _touch(tmp_path, target, "root/env/pyvenv.cfg", "root/.git/HEAD", "root/src/own.py")
    (tmp_path / "root" / ".gitignore").write_text("ignored/\n")
    for link in ("root/src/link.py", "root/src/chain.py"):
        (tmp_path / link).symlink_to(tmp_path / target)
        target = link
    chosen = Selection((*DEFAULT_EXCLUDE, "*_pb2.py", "data/*"), root=str(tmp_path / "root"))
    assert _names(tmp_path, tmp_path / name, selection=chosen) == ["root/src/own.py"]
    forced = replace(chosen, force_exclude=True)
    assert _names(tmp_path, tmp_path / "root/src/link.py", selection=forced) == []
    # What is named is taken.
    assert _names(tmp_path, tmp_path / "root/src/link.py", selection=chosen)


def test_a_link_beside_what_was_named_in_an_excluded_place_is_followed(tmp_path: Path) -> None:
    _touch(tmp_path, "build/src/own.py", "build/lib/a.py")
    (tmp_path / "build" / "src" / "a.py").symlink_to("../lib/a.py")
    names = ["build/src/a.py", "build/src/own.py"]
    assert _names(tmp_path, tmp_path / "build" / "src") == names


def test_an_excluded_link_to_a_file_elsewhere_is_excluded(tmp_path: Path) -> None:
    _touch(tmp_path, "src/a.py", "build/b.py")
    (tmp_path / "build" / "a.py").symlink_to("../src/a.py")
    forced = Selection(root=str(tmp_path), force_exclude=True)
    assert _names(tmp_path, tmp_path / "build/a.py", selection=forced) == []


def test_symlinked_directories_are_not_followed(tmp_path: Path) -> None:
    _touch(tmp_path, "a/a.py")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "d.py").symlink_to(tmp_path / "a", target_is_directory=True)
    assert _names(tmp_path) == ["a/a.py"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_directory_without_permission_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (found,) = python_files([tmp_path])
    assert isinstance(found.error, PermissionError)
