"""Several processes: the same results, in the same order, whatever happens to a process."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate_vars.workspace import pool, rewrite_file
from migrate_vars.workspace.discovery import Found, python_files
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_files import rewrite_paths

SOURCE = b"import tensorflow as tf\ntf.assign(v, 1.)\n"
WRITTEN = b"import tensorflow as tf\nv.assign(1.)\n"


def _tree(root: Path, files: int) -> None:
    for number in range(files):
        source = b"x = 1\n" if number % 3 else SOURCE
        if number % 7 == 1:
            source = b"print tf.assign(v, 1)\n"
        (root / f"{number:03}.py").write_bytes(source)


@pytest.mark.parametrize("jobs", [2, 5])
def test_the_results_are_those_of_one_process(jobs: int, tmp_path: Path) -> None:
    _tree(tmp_path, 150)
    paths = [tmp_path, tmp_path / "missing.py"]
    alone = list(rewrite_paths(paths, Options(write=False)))
    together = list(rewrite_paths(paths, Options(write=False, jobs=jobs, pool_after=0.0)))
    assert together == alone
    written = list(rewrite_paths(paths, Options(jobs=jobs, pool_after=0.0)))
    assert written == alone
    assert (tmp_path / "000.py").read_bytes() == WRITTEN


@pytest.mark.skipif(sys.platform != "linux", reason="the test's function is passed by forking")
def test_a_process_that_dies_costs_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tree(tmp_path, 60)
    deadly = {str(tmp_path / f"{number:03}.py") for number in (0, 17, 18, 59)}
    real = rewrite_file.rewrite_found

    def dies(found: Found, options: Options) -> FileResult:
        if found.path in deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(found, options)

    monkeypatch.setattr(pool, "rewrite_found", dies)
    results = list(pool.rewrite_in_processes(python_files([tmp_path]), Options(), 2))
    assert [Path(r.path).name for r in results] == [f"{n:03}.py" for n in range(60)]
    for result in results:
        messages = [f.message for f in result.findings if "died" in f.message]
        assert bool(messages) == (result.path in deadly)
        if messages:
            assert "(SIGKILL)" in messages[0]
    assert (tmp_path / "003.py").read_bytes() == WRITTEN
    assert sum(r.changed for r in results) == sum(
        (tmp_path / f"{n:03}.py").read_bytes() == WRITTEN for n in range(60)
    )


def test_files_are_not_listed_long_before_they_are_handled(tmp_path: Path) -> None:
    _tree(tmp_path, 30)
    asked = 0

    def files() -> Iterator[Found]:
        nonlocal asked
        for _ in range(100):
            for found in python_files([tmp_path]):
                asked += 1
                yield found

    results = pool.rewrite_in_processes(files(), Options(write=False), 2)
    next(iter(results))
    assert asked <= pool.BATCH * 8
    results.close()  # type: ignore[attr-defined]
