"""Many files: one result each, whatever happens."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from migrate_vars.codemod import engine
from migrate_vars.findings.finding import Status
from migrate_vars.workspace import rewrite_files
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.files import FileContent, replace
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_files import rewrite_paths, write_all

SOURCE = b"import tensorflow as tf\ntf.assign(v, 1.)\n"
WRITTEN = b"import tensorflow as tf\nv.assign(1.)\n"


def test_trouble_with_one_file_leaves_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"print tf.assign(v, 1)\n")
    (tmp_path / "b.py").symlink_to("missing")
    (tmp_path / "c.py").write_bytes(SOURCE)
    results = list(rewrite_paths([tmp_path, tmp_path / "none.py"], Options()))
    codes = [[f.code for f in r.findings] for r in results]
    assert codes == [["MV901"], ["MV903"], ["MV101"], ["MV903"]]
    assert (tmp_path / "c.py").read_bytes() == WRITTEN
    assert (tmp_path / "a.py").read_bytes() == b"print tf.assign(v, 1)\n"


def test_nothing_is_written_when_not_asked(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)
    (result,) = rewrite_paths([tmp_path], Options(write=False))
    assert (result.before, result.after) == (SOURCE, WRITTEN)
    assert (tmp_path / "a.py").read_bytes() == SOURCE


def test_a_crash_is_an_error_of_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(engine, "rewrite_source", crash)
    (result,) = rewrite_paths([tmp_path], Options())
    (finding,) = result.findings
    assert (finding.code, finding.status) == ("MV902", Status.ERROR)
    assert "\n" not in finding.message
    assert (tmp_path / "a.py").read_bytes() == SOURCE


def test_garbage_collection_is_back_afterwards(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)
    list(rewrite_paths([tmp_path], Options()))
    assert gc.isenabled()


def three_files(folder: Path) -> list[FileResult]:
    for name in ("a.py", "b.py", "c.py"):
        (folder / name).write_bytes(SOURCE)
    return list(rewrite_paths([folder], Options(write=False)))


def test_all_files_are_written_together(tmp_path: Path) -> None:
    write_all(three_files(tmp_path))
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {WRITTEN}


def test_none_is_written_if_one_has_changed(tmp_path: Path) -> None:
    results = three_files(tmp_path)
    (tmp_path / "c.py").write_bytes(SOURCE + b"# more\n")
    with pytest.raises(OSError, match="changed in the meantime"):
        write_all(results)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {SOURCE, SOURCE + b"# more\n"}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_those_written_are_put_back_if_one_cannot_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    results = three_files(tmp_path)

    def replacing(content: FileContent, data: bytes) -> None:
        if content.path.endswith("c.py") and data == WRITTEN:
            assert (tmp_path / "a.py").read_bytes() == WRITTEN
            raise error
        replace(content, data)

    monkeypatch.setattr(rewrite_files, "replace", replacing)
    with pytest.raises(type(error)):
        write_all(results)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {SOURCE}


def test_a_file_by_two_names_is_written_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)
    (tmp_path / "link.py").symlink_to("a.py")
    paths = [tmp_path / "a.py", tmp_path / "link.py"]
    write_all(rewrite_paths(paths, Options(write=False)))
    assert (tmp_path / "a.py").read_bytes() == WRITTEN
    assert (tmp_path / "link.py").is_symlink()
