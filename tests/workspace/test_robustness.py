"""Odd files, and what interrupts us: one line each, and no file is ever half written."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from migrate_vars.workspace import files
from migrate_vars.workspace.files import read, replace
from tests.conftest import REPOSITORY

SOURCE = b"import tensorflow as tf\ntf.assign(v, 1.)\n"
WRITTEN = b"import tensorflow as tf\nv.assign(1.)\n"
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


def run(*arguments: str, cwd: Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "migrate_vars.cli", "rewrite", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        timeout=120,
        check=False,
        **options,
    )


@posix
def test_odd_files_are_one_line_each(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_bytes(SOURCE)
    odd = {
        "broken.py": SOURCE + b"def\n",
        "brackets.py": SOURCE + b"(" * 500,
        "chain.py": SOURCE + b"x = a" + b".b" * 200_000 + b"\n",
        "minus.py": SOURCE + b"x = " + b"-" * 200_000 + b"1\n",
        "null.py": SOURCE + b"\0\n",
        "encoding.py": b"# coding: nonsense\n" + SOURCE,
        "bytes.py": SOURCE + b"'\xff'\n",
        "book.ipynb": b"{",
    }
    for name, data in odd.items():
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(files.LARGEST + 1)
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "device.py").symlink_to("/dev/zero")
    (tmp_path / "dangling.py").symlink_to("nowhere")
    (tmp_path / "loop.py").symlink_to("loop.py")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(tmp_path)
        try:
            server.bind("socket.py")
        finally:
            os.chdir(here)
        done = run("--output-format", "json", ".", cwd=tmp_path)
    assert done.stderr == b""
    assert done.returncode == 2
    assert (tmp_path / "good.py").read_bytes() == WRITTEN
    report = json.loads(done.stdout)
    errors = {f["path"][2:]: f["message"] for f in report["findings"] if f["status"] == "error"}
    links = {"huge.py", "fifo.py", "device.py", "dangling.py", "loop.py", "socket.py"}
    assert set(errors) == set(odd) | links
    assert report["summary"]["errors"] == len(errors)
    allowed = {"chain.py", "minus.py"} if sys.version_info < (3, 11) else set()
    internal = {name for name, message in errors.items() if "internal" in message}
    assert internal <= allowed, errors
    assert errors["fifo.py"] == errors["device.py"] == errors["socket.py"]
    for name, data in odd.items():
        assert (tmp_path / name).read_bytes() == data


@posix
def test_any_file_name_is_shown_in_one_line(tmp_path: Path) -> None:
    names = [b"a\nb.py", b"\xff.py", b"a b.py", "é\u202e.py".encode(), b"\x1b[31m.py", b"%0A,:.py"]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:  # noqa: PTH118, PTH123
            file.write(SOURCE)
    for form in ("text", "concise", "github", "json", "sarif"):
        done = run("--check", "--output-format", form, ".", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, b"")
        assert b"\x1b" not in done.stdout
        if form in ("concise", "github"):
            assert len(done.stdout.splitlines()) == len(names) + 1
        elif form == "text":  # each with three lines on the source, and an empty one
            assert len(done.stdout.splitlines()) == 5 * len(names) + 1
        else:
            json.loads(done.stdout)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "migrate_vars.cli", "rewrite", "--check", "."]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (1, b"")
    diff = run("--diff", ".", cwd=tmp_path).stdout
    subprocess.run(["git", "apply", "-"], input=diff, cwd=tmp_path, check=True)
    assert run("--check", ".", cwd=tmp_path).returncode == 0


def test_very_long_lines(tmp_path: Path) -> None:
    line = b"tf.assign(v, [" + b"1, " * 10_000 + b"])\n"
    (tmp_path / "a.py").write_bytes(b"import tensorflow as tf\n" + line)
    assert run(".", cwd=tmp_path).returncode == 0
    assert (tmp_path / "a.py").read_bytes().endswith(line.replace(b"tf.assign(v, ", b"v.assign("))


def test_warnings_of_users_code_are_not_ours_to_print(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE + b"x = '\\d' is 1\nassert (1, 'x')\n1 in 2()\n")
    done = run(".", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_FSIZE")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    import resource

    (tmp_path / "a.py").write_bytes(SOURCE + b"# " + b"x" * 100_000 + b"\n")
    (tmp_path / "b.py").write_bytes(SOURCE)
    before = (tmp_path / "a.py").read_bytes()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = run(".", cwd=tmp_path, preexec_fn=limit)
    assert done.returncode == 2
    assert b"./a.py:1:1: MV903 cannot be written, left alone: File too large" in done.stdout
    assert (tmp_path / "a.py").read_bytes() == before
    assert (tmp_path / "b.py").read_bytes() == WRITTEN
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.py", "b.py"]


def test_a_directory_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(SOURCE)
    content = read(path)

    def refuse(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(OSError, match="Read-only"):
        replace(content, WRITTEN)
    monkeypatch.undo()
    assert path.read_bytes() == SOURCE


@posix
def test_what_a_killed_process_left_is_taken_over(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "a.py"
    path.write_bytes(SOURCE)
    temporary, handle = files._created(path)
    os.write(handle, b"half")
    os.close(handle)
    replace(read(path), WRITTEN)
    assert path.read_bytes() == WRITTEN
    assert [p.name for p in tmp_path.iterdir()] == ["a.py"]
    # A process that lives is left in peace.
    temporary, handle = files._created(path)
    with pytest.raises(OSError, match="another process"):
        replace(read(path), SOURCE)
    assert temporary.exists()
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)
    assert path.read_bytes() == WRITTEN


@posix
@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_killed_at_any_moment_every_file_is_the_old_or_the_new_one(
    tmp_path: Path, jobs: str
) -> None:
    body = b"# " + b"x" * 2000 + b"\n"
    before, after = SOURCE + body * 50, WRITTEN + body * 50
    names = [f"m{number:02}.py" for number in range(40)]
    program = (
        "import sys; from migrate_vars.workspace import rewrite_files as r;"
        f"print('ready', flush=True); list(r.rewrite_paths(['.'], r.Options(jobs={jobs},"
        "pool_after=0.0)))"
    )
    chance = random.Random(3)
    mixed = 0
    longest = 0.3
    for _ in range(8):
        for name in names:
            (tmp_path / name).write_bytes(before)
        process = subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, longest))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        found = [(tmp_path / name).read_bytes() for name in names]
        assert all(data in (before, after) for data in found)
        mixed += before in found and after in found
        # What a kill left is nobody's source.
        assert all(p.suffix != ".py" for p in tmp_path.iterdir() if p.name not in names)
    assert run(".", cwd=tmp_path).returncode == 0
    assert all((tmp_path / name).read_bytes() == after for name in names)
    assert sorted(p.name for p in tmp_path.iterdir()) == names or mixed
