"""Whatever a program does to its process, one clear line says what became of it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter, InterpreterError
from migrate_vars.equivalence.running.programs import Program, Run, undisturbed

V2 = "import tensorflow as tf\nv = tf.Variable(0.0, name='v')\nv.assign(1.0)\n"

RunScript = Callable[..., Run]


@pytest.fixture(scope="module")
def hasty() -> Iterator[Interpreter]:
    """Has no patience, for programs that hang."""
    with Interpreter(timeout=3) as interpreter:
        interpreter.version()
        yield interpreter


@pytest.fixture
def run_script(interpreter: Interpreter, tmp_path: Path) -> RunScript:
    def run_script(
        text: str, python: Interpreter = interpreter, source: bytes | None = None
    ) -> Run:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(text))
        return python.run(Program(script, "script", source))

    return run_script


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return True


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


OUTCOMES = [
    ("", ""),
    ("import sys\nsys.exit()", ""),
    ("import sys\nsys.exit(0)", ""),
    ("import sys\nsys.exit(7)", "script.py:5: sys.exit(7)"),
    ("import sys\nsys.exit(-1)", "script.py:5: sys.exit(-1)"),
    ("import sys\nsys.exit('over')", "script.py:5: sys.exit('over')"),
    ("raise SystemExit", ""),
    ("raise KeyboardInterrupt", "script.py:4: KeyboardInterrupt"),
    ("raise ValueError('one\\ntwo')", "script.py:4: ValueError: one"),
    ("raise ValueError", "script.py:4: ValueError"),
    ("1 / 0", "script.py:4: ZeroDivisionError: division by zero"),
    (
        "import nothing_like_it",
        "script.py:4: ModuleNotFoundError: No module named 'nothing_like_it'",
    ),
    ("input()", "script.py:4: EOFError: EOF when reading a line"),
    ("import os\nos._exit(0)", "ended without telling the recorder (by os._exit?), exit code 0"),
    ("import os\nos._exit(4)", "ended without telling the recorder (by os._exit?), exit code 4"),
    (
        "import atexit, os\natexit.register(os._exit, 4)",
        "ended without telling the recorder (by os._exit?), exit code 4",
    ),
    ("import os\nos.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ("import os\nos.kill(os.getpid(), 40)", "killed by signal 40"),
    ("import ctypes\nctypes.string_at(0)", "killed by SIGSEGV"),
    ("import os\nos.abort()", "killed by SIGABRT"),
    ("import sys\nsys.stdout.close()", ""),
    ("import sys\nsys.stdout = sys.stderr = None", ""),
    ("import os\nos.chdir('/')\nos.closerange(3, 5000)\nprint('still here')", ""),
    ("def f(): f()\nf()", "script.py:4: RecursionError: maximum recursion depth exceeded"),
]


@pytest.mark.parametrize(("text", "error"), OUTCOMES, ids=[text for text, _ in OUTCOMES])
def test_outcomes(run_script: RunScript, text: str, error: str | None) -> None:
    run = run_script(V2 + text)
    assert run.trajectory is not None
    if error is None:
        assert "\n" not in run.error
        return
    assert run.error == (error and f"{error} (after step 1)")
    assert run.trajectory.written == {"v"}, "what was done before is there"


def test_syntax_errors_name_the_line(run_script: RunScript) -> None:
    assert run_script("x = 1\nif x\n").error == "script.py:2: SyntaxError: expected ':'"
    assert "null bytes" in run_script("x = 1\0").error
    copy = run_script("", source=b"x = (\n")
    assert copy.error == "script.py:1: SyntaxError: '(' was never closed"


def test_a_script_in_another_encoding(interpreter: Interpreter, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_bytes("# coding: latin-1\nassert 'é' == chr(233)\n".encode("latin-1"))
    assert interpreter.run(Program(script, "script")).error == ""
    script.write_bytes(b"x = '\xe9'\n")
    assert "script.py" in interpreter.run(Program(script, "script")).error


def test_a_missing_script(interpreter: Interpreter, tmp_path: Path) -> None:
    run = interpreter.run(Program(tmp_path / "none.py", "none"))
    assert run.error == f"{tmp_path / 'none.py'}: no such file"
    assert run.trajectory is None


def test_paths_may_be_relative(
    interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "script.py").write_text("import os, sys; print(os.getcwd(), sys.path[0])")
    (tmp_path / "link.py").symlink_to(Path("sub") / "script.py")
    monkeypatch.chdir(tmp_path)
    sub = tmp_path / "sub"
    assert interpreter.run(Program(Path("sub/script.py"), "s")).output == f"{sub} {sub}\n"
    # As with `python link.py`.
    assert interpreter.run(Program(Path("link.py"), "s")).output == f"{tmp_path} {sub}\n"


def test_a_folder_that_cannot_be_written(run_script: RunScript, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    tmp_path.chmod(0o500)
    try:
        assert run_script(V2).error == ""
    finally:
        tmp_path.chmod(0o700)


def test_output_is_captured_in_order(run_script: RunScript) -> None:
    run = run_script(
        """
        import os, sys, subprocess
        print("one"); print("two", file=sys.stderr); os.write(1, b"three\\n")
        subprocess.run(["echo", "four"]); print("f\\xefve \\u2713")
        """
    )
    assert run.printed.text == "one\nthree\nfour\nfïve ✓\n"
    assert run.output == run.printed.text + "two\n"


def test_huge_output_is_cut_at_its_beginning(run_script: RunScript) -> None:
    run = run_script("for _ in range(300_000): print('0123456789')\nprint('end')\n")
    assert run.error == ""
    assert run.output.startswith("[2251428 bytes left out]\n")
    assert run.output.endswith("end\n")
    assert len(run.output) < 1_100_000


GRANDCHILDREN = """
import os, subprocess, sys, time
print(subprocess.Popen(["sleep", "60"]).pid)
pid = os.fork()
if not pid:
    time.sleep(60)
print(pid)
"""


def check_dead(run: Run) -> None:
    pids = [int(line) for line in run.output.split()]
    assert len(pids) == 2
    assert wait_until(lambda: not any(map(alive, pids)))


def test_what_a_program_starts_does_not_outlive_it(run_script: RunScript) -> None:
    run = run_script(GRANDCHILDREN)
    assert run.error == ""
    check_dead(run)


@pytest.mark.alone
@pytest.mark.parametrize("fresh", ["", "# environ\n"])
def test_a_program_that_hangs_is_killed_with_all_that_it_started(
    run_script: RunScript, hasty: Interpreter, fresh: str
) -> None:
    run = run_script(fresh + GRANDCHILDREN + "time.sleep(60)\n", hasty)
    assert run.error == "still running after 3 s, killed (see --timeout)"
    check_dead(run)


@pytest.mark.alone
def test_a_program_that_leaves_its_group_is_killed_all_the_same(
    run_script: RunScript, hasty: Interpreter
) -> None:
    text = "import os, time\nprint(os.getpid())\nos.setpgid(0, os.getppid())\ntime.sleep(60)\n"
    run = run_script(text, hasty)
    assert run.error == "still running after 3 s, killed (see --timeout)"
    assert not alive(int(run.output))


DAEMON = """
import os, time
if not os.fork():
    os.setsid()
    if os.fork():
        os._exit(0)
    print(os.getpid(), flush=True)
    time.sleep(60)
time.sleep(0.5)
"""


@pytest.mark.parametrize("fresh", ["", "# environ\n"])
def test_what_leaves_for_a_session_of_its_own_is_killed(run_script: RunScript, fresh: str) -> None:
    run = run_script(fresh + DAEMON)
    assert run.error == ""
    assert not alive(int(run.output))


def test_no_file_of_the_program_gets_the_recording(run_script: RunScript, tmp_path: Path) -> None:
    """Where the program closes all descriptors, the next files that it opens have their numbers."""
    text = f"""
import os
os.closerange(3, 5000)
files = [open(f"{tmp_path}/{{number}}", "w") for number in range(9)]
v.assign(2.0)
"""
    run = run_script(V2 + text)
    assert run.error == ""
    assert run.trajectory is not None
    assert run.trajectory.status == "finished"
    assert len(run.trajectory.states) == 2
    assert [path.stat().st_size for path in sorted(tmp_path.glob("?"))] == [0] * 9


REMOVES = "import shutil\nshutil.rmtree({!r})\nv.assign(2.0)\n"


def test_a_program_that_removes_what_the_recorder_writes(
    interpreter: Interpreter, run_script: RunScript, tmp_path: Path
) -> None:
    text = V2 + REMOVES.format(interpreter._folder.name)
    assert "are gone: does the program delete them?" in run_script(text).error
    assert run_script(V2).error == "", "others still run"
    with undisturbed(Program(tmp_path / "script.py", "script")) as program:
        (tmp_path / "script.py").write_text(text)
        run = interpreter.run(program)
    assert run.error == ""
    assert run.trajectory is not None
    assert len(run.trajectory.states) == 2
    assert run.sources == (str(tmp_path / "script.py"),)


def test_a_program_that_kills_its_parent_ends_with_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "# environ\nimport os, signal, time\nprint(os.getpid(), flush=True)\n"
        "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(60)\n"
    )
    with Interpreter() as interpreter:
        run = interpreter.run(Program(script, "script"))
    assert run.error == "the interpreter that runs programs died"
    assert wait_until(lambda: not alive(int(run.output)))


def test_runs_come_back_in_order_and_one_by_one(interpreter: Interpreter, tmp_path: Path) -> None:
    programs = []
    for i in range(4):
        script = tmp_path / f"{i}.py"
        script.write_text(f"import time\ntime.sleep({0.4 - i / 10})\nprint({i})\n")
        programs.append(Program(script, str(i)))
    seen: list[str] = []
    runs = interpreter.run_all(programs, lambda run: seen.append(run.output.strip()), jobs=4)
    assert [run.program for run in runs] == programs
    assert seen == ["0", "1", "2", "3"]


def test_an_interpreter_that_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    missing = tmp_path / "python"
    with (
        pytest.raises(InterpreterError, match=f"^{missing}: No such file or directory$"),
        Interpreter(missing),
    ):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(InterpreterError, match=r"Permission denied$"), Interpreter(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def fake_python(folder: Path, text: str) -> Path:
    python = folder / "python"
    python.write_text(text)
    python.chmod(0o755)
    return python


def test_an_interpreter_without_tensorflow(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("")
    bare = fake_python(tmp_path, f'#!/bin/sh\nexec {sys.executable} -S -E "$@"\n')
    with (
        Interpreter(bare) as interpreter,
        pytest.raises(InterpreterError, match="No module named"),
    ):
        interpreter.run(Program(script, "script"))


def test_what_is_no_interpreter(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("")
    fake = fake_python(tmp_path, "#!/bin/sh\necho nonsense\necho 'no, sir' >&2\nexit 3\n")
    with (
        Interpreter(fake) as interpreter,
        pytest.raises(InterpreterError, match=r"ended before TensorFlow was imported: no, sir$"),
    ):
        interpreter.run(Program(script, "script"))


@pytest.mark.alone
def test_leaving_while_tensorflow_is_imported_is_quick() -> None:
    start = time.monotonic()
    with Interpreter():
        pass
    assert time.monotonic() - start < 1.0


def test_an_importer_that_dies_is_reported(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n")
    with Interpreter() as interpreter:
        run = interpreter.run(Program(script, "script"))
        assert run.error == "the interpreter that runs programs died"
        script.write_text("")
        assert interpreter.run(Program(script, "script")).error == run.error


INTERRUPTED = """
import signal, sys
# Ctrl-C is ignored by what a shell starts in the background, such as a run of these tests.
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program
programs = [Program(Path(path), path) for path in sys.argv[1:]]
with Interpreter() as interpreter:
    print(interpreter._folder.name, flush=True)
    interpreter.run_all(programs)
"""


def test_ctrl_c_leaves_no_process_and_no_folder_behind(repository: Path, tmp_path: Path) -> None:
    """Both a forked and a fresh run are going on, and more are waiting."""
    scripts = []
    for i in range(6):
        script = tmp_path / f"{i}.py"
        mark = tmp_path / f"{i}.pid"
        environ = "# environ\n" if i % 2 else ""
        script.write_text(
            f"{environ}import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\n"
            "time.sleep(60)\n"
        )
        scripts.append(str(script))
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *scripts],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert folder.is_dir()

    def started() -> list[int]:
        return [int(path.read_text() or 0) for path in tmp_path.glob("*.pid")]

    assert wait_until(lambda: len(started()) >= 2, 30)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=20)
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    assert wait_until(lambda: not any(map(alive, started())))
    assert not folder.exists()
