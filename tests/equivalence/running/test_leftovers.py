"""What runs do to files: no other run sees it, it is undone in the end, and nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_vars.equivalence.running import leftovers, originals
from migrate_vars.equivalence.running.interpreters import RECORDER, Interpreter
from migrate_vars.equivalence.running.leftovers import Leftovers
from migrate_vars.equivalence.running.originals import HIDDEN
from migrate_vars.equivalence.running.programs import undisturbed
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script
from tests.conftest import REPOSITORY

# A program that is looked after, without TensorFlow: it takes a hundredth of the time.
WATCHED = f"""
import importlib.util, os, shutil, sys
spec = importlib.util.spec_from_file_location("watch", {str(RECORDER / "seccomp_filter.py")!r})
watch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(watch)
watch.report_changes(sys.argv[1])
"""

Tree = dict[str, tuple[Any, ...]]


def tree(folder: Path) -> Tree:
    """All that can be put back of a folder and of what is in it."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        status = path.lstat()
        content: object = None
        if path.is_symlink():
            content = path.readlink()
        elif path.is_file():
            content = path.read_bytes()
        place = str(path.relative_to(folder))
        found[place] = (status.st_mode, status.st_nlink, status.st_mtime_ns, content)
    return found


def start(folder: Path, address: str, text: str) -> subprocess.Popen[bytes]:
    code = WATCHED + textwrap.dedent(text)
    command = [sys.executable, "-S", "-E", "-c", code, address]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def runner(folder: Path, text: str) -> Callable[[str], str]:
    def run(address: str) -> str:
        output, _ = (process := start(folder, address, text)).communicate()
        assert process.returncode == 0
        return output.decode()

    return run


def make_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "data").mkdir()
    for name in ("train.py", "model.ckpt", "data/one.csv", "data/two.csv", "log.txt"):
        (folder / name).write_text(f"the first {name}")
    (folder / "data/empty").mkdir()
    (folder / "latest").symlink_to("model.ckpt")
    (folder / "nowhere").symlink_to("not/there")
    (folder / "best.ckpt").hardlink_to(folder / "model.ckpt")
    (folder / "locked").mkdir(mode=0o500)
    (folder / "train.py").chmod(0o640)
    os.mkfifo(folder / "pipe")
    for path in [*folder.rglob("*"), folder]:
        os.utime(path, ns=(10**18, 10**18 + len(path.name)), follow_symlinks=False)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "work")


CHANGES = [
    "open('new.txt', 'w').write('x')",
    "open('model.ckpt', 'w').write('x')",
    "open('model.ckpt', 'r+').write('x')",
    "open('log.txt', 'a').write('x')",
    "open('latest', 'w').write('x')",
    "open('nowhere/../new', 'w') if os.path.exists('nowhere') else None",
    "os.truncate('log.txt', 3)",
    "open('n', 'w').write('x'); os.replace('n', 'model.ckpt')",
    "os.rename('model.ckpt', 'old.ckpt'); open('model.ckpt', 'w').write('x')",
    "os.rename('model.ckpt', 'old.ckpt'); open('old.ckpt', 'r+').write('x')",
    "os.rename('data', 'gone'); open('gone/one.csv', 'a').write('x'); os.remove('gone/two.csv')",
    "os.rename('data', 'a'); os.rename('a', 'b'); os.mkdir('data'); open('data/one.csv', 'w')",
    "os.rename('data/empty', 'empty'); open('empty/x', 'w')",
    "os.link('log.txt', 'l'); open('l', 'r+').write('x')",
    "os.remove('latest'); os.symlink('log.txt', 'latest'); open('latest', 'a').write('x')",
    "os.remove('model.ckpt'); os.mkdir('model.ckpt'); open('model.ckpt/x', 'w')",
    "shutil.rmtree('data'); open('data', 'w').write('x')",
    "shutil.rmtree('.', ignore_errors=True)",
    "shutil.rmtree(os.getcwd())",
    "os.chmod('log.txt', 0o400); os.chmod('data', 0o500); os.chmod('.', 0o711)",
    "os.chmod('data', 0); os.chmod('train.py', 0)",
    "f = open('log.txt'); os.fchmod(f.fileno(), 0o777); os.utime(f.fileno(), (1, 2))",
    "os.utime('model.ckpt'); os.utime('nowhere', (1, 2), follow_symlinks=False)",
    "os.remove('pipe'); os.mkfifo('another')",
    "import socket; socket.socket(socket.AF_UNIX).bind('socket')",
    "os.makedirs('a/b/c'); open('a/b/c/d', 'w').write('x'); os.rename('a', 'e')",
    "os.chdir('data'); open('x', 'w'); os.remove('one.csv'); os.chdir('empty'); open('x', 'w')",
    "d = os.open('data', 0); os.unlink('one.csv', dir_fd=d); os.mkdir('x', dir_fd=d)",
    "os.chmod('locked', 0o700); open('locked/x', 'w'); os.chmod('locked', 0)",
    "[open(f'{i}', 'w').write('x') for i in range(300)]",
    "os.system('rm -r data; echo x > log.txt; mv model.ckpt m; touch y; ln -s y z; (echo > s) &')",
    "os.fork() or (open('forked', 'w'), os._exit(0)); os.wait()",
    "from threading import Thread as T; [T(target=os.mkdir, args=[x]).start() for x in 'ab']",
    "os.environ['HOME'] = os.getcwd(); open(os.path.expanduser('~/log.txt'), 'w')",
    "open('/proc/self/cwd/log.txt', 'w'); open('/dev/null', 'w').write('x')",
    "f = open('log.txt', 'r+'); f.write('x'); f.flush(); os.remove('log.txt'); f.write('y')",
]


@pytest.mark.parametrize("text", CHANGES)
def test_all_is_undone(folder: Path, text: str) -> None:
    before = tree(folder)
    with Leftovers(folder) as left:
        for _ in range(2):
            left.undisturbed(runner(folder, text))
            assert tree(folder) == before
    assert left.notes == []
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


NAMES = st.sampled_from(["a", "b", "c", "d/a", "d/b", "d/e/a", "d", "d/e", "l"])
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["w", "a", "r+", "x", "remove", "mkdir", "rmdir"]), NAMES),
        st.tuples(st.sampled_from(["rename", "replace", "link", "symlink", "copy"]), NAMES, NAMES),
        st.tuples(st.sampled_from(["chmod", "truncate", "utime"]), NAMES, st.integers(0, 7)),
        st.tuples(st.just("rmtree"), NAMES),
    ),
    max_size=12,
)
OPERATE = """
do = {
    "remove": os.remove, "mkdir": os.mkdir, "rmdir": os.rmdir, "rename": os.rename,
    "replace": os.replace, "link": os.link, "symlink": os.symlink, "copy": shutil.copy2,
    "rmtree": shutil.rmtree, "truncate": os.truncate,
    "chmod": lambda path, mode: os.chmod(path, mode << 6 | mode),
    "utime": lambda path, when: os.utime(path, (when, when)),
}
for name, *arguments in OPERATIONS:
    try:
        if name in do:
            do[name](*arguments)
        else:
            with open(arguments[0], name) as file:
                file.write("changed")
    except (OSError, shutil.Error):
        pass
"""


@settings(max_examples=60)
@given(OPERATIONS)
def test_whatever_is_done_is_undone(operations: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "work")
        (folder / "d" / "e").mkdir(parents=True)
        for path in ("a", "b", "d/a", "d/e/a"):
            (folder / path).write_text(path)
        (folder / "l").symlink_to("a")
        before = tree(folder)
        with Leftovers(folder) as left:
            left.undisturbed(runner(folder, f"OPERATIONS = {operations!r}\n{OPERATE}"))
            assert tree(folder) == before
        assert left.notes == []


def test_what_others_write_meanwhile_stays(folder: Path) -> None:
    text = """
    os.mkdir("model"); open("model/w", "w").write("x"); open("own", "w"); os.remove("log.txt")
    print("now", flush=True)
    sys.stdin.read()
    """

    def run(address: str) -> None:
        process = start(folder, address, text)
        assert process.stdout is not None
        assert process.stdout.readline() == b"now\n"
        (folder / "notes.txt").write_text("somebody's")
        (folder / "train.py").write_text("somebody's")
        (folder / "model" / "notes.txt").write_text("somebody's")
        (folder / "data" / "one.csv").unlink()
        process.communicate()

    with Leftovers(folder) as left:
        left.undisturbed(run)
        (folder / "between.txt").write_text("somebody's")
        left.undisturbed(runner(folder, "assert not os.path.exists('own')"))
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*"))
    assert names == [
        *("best.ckpt", "between.txt", "data/two.csv", "log.txt", "model.ckpt"),
        *("model/notes.txt", "notes.txt", "train.py"),
    ]
    assert (folder / "train.py").read_text() == "somebody's"


def test_a_large_file_is_kept(folder: Path) -> None:
    large = folder / "large.ckpt"
    with large.open("wb") as file:
        file.truncate(150_000_000)
        file.write(b"begin")
    os.utime(large, ns=(5, 5))
    before = large.stat()
    with Leftovers(folder) as left:
        for text in ("open('large.ckpt', 'r+').write('x')", "open('large.ckpt', 'w')"):
            left.undisturbed(runner(folder, text))
            now = large.stat()
            assert (now.st_size, now.st_mtime_ns, now.st_ino) == (150_000_000, 5, before.st_ino)
            assert large.read_bytes()[:6] == b"begin\0"
    assert left.notes == []


def test_what_cannot_be_kept_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(originals, "_FREE", 1 << 62)  # as if the disk were full
    with Leftovers(folder) as left:
        left.undisturbed(runner(folder, "open('log.txt', 'w').write('x'); os.remove('train.py')"))
    assert left.notes == [f"{folder}/log.txt could not be kept (No space left on device)"]
    assert (folder / "log.txt").read_text() == "x"
    assert (folder / "train.py").read_text() == "the first train.py"


def test_files_outside_the_folder_are_put_back_too(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "checkpoint").write_text("before")
    before = tree(tmp_path)
    text = """
    assert open("../checkpoint").read() == "before"
    open("../checkpoint", "w"); os.mkdir("../model"); open("../model/w", "w")
    """
    with Leftovers(folder) as left:
        for _ in range(2):
            left.undisturbed(runner(folder, text))
    assert tree(tmp_path) == before


def test_what_is_kept_cannot_be_removed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "around").mkdir()
    folder = folder.rename(tmp_path / "around" / "work")
    before = tree(tmp_path)
    text = """
    open("log.txt", "w")
    shutil.rmtree("..", ignore_errors=True)
    try:
        os.rename("../../around", "../../moved")
    except OSError:
        pass
    """
    with Leftovers(folder) as left:
        left.undisturbed(runner(folder, text))
        assert tree(tmp_path) == before
    assert left.notes == []


def test_downloads_stay(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".keras").mkdir()
    (tmp_path / "tensorflow_datasets").mkdir()
    text = "open('../.keras/mnist.npz', 'w'); open('../tensorflow_datasets/mnist', 'w')"
    with Leftovers(folder) as left:
        left.undisturbed(runner(folder, text))
    assert (tmp_path / ".keras/mnist.npz").is_file()
    assert (tmp_path / "tensorflow_datasets/mnist").is_file()


def test_a_folder_is_not_looked_through(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scandir = os.scandir

    def list_nothing(path: Any) -> Any:
        assert isinstance(path, int) or HIDDEN in os.fspath(path)
        return scandir(path)

    with Leftovers(folder) as left:
        monkeypatch.setattr(os, "scandir", list_nothing)
        left.undisturbed(runner(folder, "open('x', 'w')"))
        monkeypatch.undo()
        assert not list(folder.parent.glob(HIDDEN + "*"))


def test_what_one_run_leaves_may_be_kept(folder: Path) -> None:
    (folder / "number").write_text("0")
    text = """
    number = sys.stdin.read() or open("number").read()
    open("number", "w").write("1"); open("log.txt", "a").write(", more"); os.remove("train.py")
    os.makedirs("model/best"); open("model/best/w", "w").write("x"); os.rename("data", "moved")
    """
    with Leftovers(folder, keep_files=True) as left:
        left.undisturbed(runner(folder, text))
        assert (folder / "train.py").is_file()
        left.undisturbed(runner(folder, "assert os.path.exists('data'); open('second', 'w')"))
    assert sorted(path.name for path in folder.iterdir()) == [
        *("best.ckpt", "latest", "locked", "log.txt", "model", "model.ckpt", "moved", "nowhere"),
        *("number", "pipe"),
    ]
    assert (folder / "number").read_text() == "1"
    assert (folder / "log.txt").read_text() == "the first log.txt, more"
    assert (folder / "moved/one.csv").read_text() == "the first data/one.csv"
    assert (folder / "model/best/w").read_text() == "x"
    assert not list(folder.parent.glob(HIDDEN + "*"))


def test_runs_go_side_by_side_until_one_changes_something(folder: Path) -> None:
    both = threading.Barrier(2, timeout=20)
    with Leftovers(folder) as left:

        def run(text: str, meet: bool) -> str:
            def once(address: str) -> str:
                nonlocal meet
                if meet:
                    meet = False
                    both.wait()
                return runner(folder, text)(address)

            return left.undisturbed(once)

        def pair(text: str, meet: bool) -> list[str]:
            results: list[str] = []
            threads = [
                threading.Thread(target=lambda: results.append(run(text, meet))) for _ in range(2)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return results

        pair("", meet=True)
        counts = """
        import time
        print(len(os.listdir()), flush=True)
        open(f"{os.getpid()}", "w"); time.sleep(0.2)
        """
        count = str(len(list(folder.iterdir())))
        assert [line.strip() for line in pair(counts, meet=True)] == [count, count]
        assert [line.strip() for line in pair(counts, meet=False)] == [count, count]


KILLED = f"""
import pathlib, subprocess, sys
from migrate_vars.equivalence.running.leftovers import Leftovers
code = {WATCHED!r} + '''
open("log.txt", "w").write("x"); os.remove("train.py"); open("new.txt", "w").write("x")
shutil.rmtree("data"); os.rename("model.ckpt", "old.ckpt")
print("now", flush=True)
sys.stdin.read()
'''
with Leftovers(pathlib.Path.cwd()) as left:
    left.undisturbed(
        lambda address: subprocess.run([sys.executable, "-S", "-E", "-c", code, address])
    )
"""


def kill_in_the_middle(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"now\n"
    # Another process that protects this folder leaves alone what it has kept.
    Leftovers(folder).__exit__()
    assert not (folder / "train.py").exists()
    process.kill()
    process.communicate()


def test_what_a_killed_process_could_not_put_back_is_put_back(folder: Path) -> None:
    before = tree(folder)
    kill_in_the_middle(folder)
    assert (folder / "log.txt").read_text() == "x"
    with Leftovers(folder) as left:
        assert tree(folder) == before
    assert left.notes == []
    assert not list(folder.parent.glob(HIDDEN + "*"))


def test_what_somebody_has_done_since_a_process_was_killed_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kill_in_the_middle(folder)
    monkeypatch.setattr(originals, "_LATE", 0.1)
    time.sleep(0.2)
    (folder / "new.txt").write_text("trained for a week")
    (folder / "train.py").write_text("edited")
    with Leftovers(folder) as left:
        pass
    assert (folder / "new.txt").read_text() == "trained for a week"
    assert (folder / "train.py").read_text() == "edited"
    assert (folder / "log.txt").read_text() == "the first log.txt"
    assert (folder / "data/one.csv").is_file()
    (note,) = left.notes
    assert "train.py changed after a migrate-vars was killed" in note
    (kept,) = folder.parent.glob("migrate-vars-kept-*")
    assert str(kept) in note
    texts = [path.read_text() for path in kept.iterdir() if path.is_file()]
    assert "the first train.py" in texts


def test_a_journal_of_somebody_else_is_not_believed(folder: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    kill_in_the_middle(folder)
    (hidden,) = folder.parent.glob(HIDDEN + "*")
    os.chown(hidden, 12345, 12345)
    with Leftovers(folder):
        assert (folder / "log.txt").read_text() == "x"
    assert hidden.is_dir()


def test_nonsense_beside_the_folder_is_left_alone(folder: Path) -> None:
    for number, text in enumerate(
        ["", "?\n", "[]\n", '{"path": 1, "status": null}\n', '{"path": "/x"}\n']
    ):
        hidden = folder.parent / f"{HIDDEN}{number}"
        hidden.mkdir()
        (hidden / "journal.jsonl").write_text(text)
        os.utime(hidden / "journal.jsonl", (1, 1))
    (folder.parent / f"{HIDDEN}file").write_text("")
    before = tree(folder)
    with Leftovers(folder) as left:
        assert tree(folder) == before
    assert left.notes == []


def test_it_comes_back_to_a_folder_that_a_program_has_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with Leftovers(Path()) as left:
        left.undisturbed(runner(folder, "shutil.rmtree(os.getcwd())"))
        assert Path.cwd() == folder
        assert Path("train.py").is_file()


# Where nothing tells of changes.


@pytest.fixture
def unwatched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(leftovers, "can_watch", lambda: False)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


@pytest.mark.usefixtures("unwatched")
@pytest.mark.parametrize("text", [text for text in CHANGES if "train.py" not in text])
def test_all_is_undone_without_being_told(folder: Path, text: str) -> None:
    before = tree(folder)
    with Leftovers(folder) as left:
        for _ in range(2):
            left.undisturbed(runner(folder, text))
            now = tree(folder)
            assert now.keys() == before.keys()
            assert {n: e[3] for n, e in now.items()} == {n: e[3] for n, e in before.items()}
    assert left.notes == []


@pytest.mark.usefixtures("unwatched")
def test_what_may_be_somebodys_is_not_deleted(folder: Path) -> None:
    number = 0

    def run(address: str) -> None:
        nonlocal number
        number += 1
        (folder / f"events.{number}").write_text(f"of run {number}")
        (folder / "model").write_text("of both")
        (folder / "train.py").write_text("edited")
        (folder / "new.py").write_text("somebody's")

    with Leftovers(folder) as left:
        for _ in range(2):
            left.undisturbed(run)
    assert not (folder / "events.1").exists()
    assert not (folder / "model").exists()
    assert (folder / "train.py").read_text() == "edited"
    assert (folder / "new.py").read_text() == "somebody's"
    *edited, last = left.notes
    why = "stays changed: a run, or another process, wrote to it"
    assert edited == [f"{folder}/train.py {why}", f"{folder}/new.py {why}"]
    place = Path(last.rpartition(" is in ")[2])
    assert {path.name: path.read_text() for path in place.iterdir()} == {
        "events.1": "of run 1",
        "events.2": "of run 2",
    }


@pytest.mark.usefixtures("unwatched")
def test_what_is_too_large_to_copy_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from migrate_vars.equivalence.running import snapshots

    (folder / "large").write_bytes(bytes(1000))
    monkeypatch.setattr(snapshots, "_BYTES", 500)
    with Leftovers(folder) as left:
        left.undisturbed(runner(folder, "open('large', 'a').write('x'); open('log.txt', 'w')"))
    assert left.notes == [
        f"{folder}/large stays changed: a run wrote to it, and it is too large to copy"
    ]
    assert (folder / "log.txt").read_text() == "the first log.txt"
    assert (folder / "large").stat().st_size == 1001


RESUMES = """
import os
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=3.0)
train = tf.assign_sub(w, 0.1 * w)
saver = tf.train.Saver()
events = tf.summary.FileWriter("logs")
events.add_summary(tf.Summary())
events.close()
with tf.Session() as sess:
    found = tf.train.latest_checkpoint("model")
    if found:
        saver.restore(sess, found)
    else:
        sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(train)
    saver.save(sess, "model/w.ckpt")
os.remove(__file__)
"""


def test_a_program_that_goes_on_from_what_it_saved_repeats(
    tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("train.py").write_text(RESUMES)
    before = tree(tmp_path)
    with undisturbed(find_program("train.py")) as program:
        first, second = interpreter.run_all([program, program])
    assert first.trajectory is not None
    assert second.trajectory is not None
    assert first.trajectory.initial == second.trajectory.initial
    assert tree(tmp_path) == before
    result = verify_script(Script(find_program("train.py")), interpreter)
    assert result.passed
    assert tree(tmp_path) == before
    result = verify_script(
        Script(find_program("train.py")), interpreter, VerifyOptions(keep_files=True)
    )
    assert result.passed
    assert Path("model/w.ckpt.index").is_file()
    assert len(list(Path("logs").iterdir())) == 1
