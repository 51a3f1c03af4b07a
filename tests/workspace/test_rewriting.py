"""Many files: one result each, whatever happens."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from migrate_vars.findings.finding import Status
from migrate_vars.workspace import rewriting
from migrate_vars.workspace.rewriting import Options, rewrite_paths

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

    monkeypatch.setattr(rewriting, "rewrite_source", crash)
    (result,) = rewrite_paths([tmp_path], Options())
    (finding,) = result.findings
    assert (finding.code, finding.status) == ("MV902", Status.ERROR)
    assert "\n" not in finding.message
    assert (tmp_path / "a.py").read_bytes() == SOURCE


def test_garbage_collection_is_back_afterwards(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)
    list(rewrite_paths([tmp_path], Options()))
    assert gc.isenabled()
