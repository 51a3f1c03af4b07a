"""Notebooks that are verified as scripts: places are those of cells, and IPython is left out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from migrate_vars.cli import main
from migrate_vars.equivalence.judging.checks import NEW, REPEAT, REWRITTEN
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.reporting.excerpt import excerpt
from migrate_vars.equivalence.reporting.text_report import explain
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.notebook_scripts import NotebookError, as_script
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script
from migrate_vars.trajectory.records import Site


def notebook(*sources: str) -> bytes:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": text.splitlines(True)}
        for text in sources
    ]
    words = {"cell_type": "markdown", "metadata": {}, "source": ["# Training"]}
    document = {"cells": [words, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return json.dumps(document).encode()


def mark(number: int) -> str:
    return f"# %% cell {number} of the notebook\n"


@pytest.mark.parametrize(
    ("cell", "python", "left_out"),
    [
        ("x = 1", "x = 1", ()),
        ("x = 1\n%matplotlib inline\n", "x = 1\npass\n", ("%matplotlib inline (cell 2:2)",)),
        ("if x:\n    !ls\n", "if x:\n    pass\n", ("!ls (cell 2:2)",)),
        ("!ls \\\n  -l\nx = 1", "pass\n\nx = 1", ("!ls \\ (cell 2:1)",)),
        ("x?\n?x\nx = 1", "pass\npass\nx = 1", ()),
        ("%%time\ntrain()", "\ntrain()", ("%%time (cell 2:1)",)),
        ("%time train()", "train()", ()),
        ("for i in x:\n    %time train(i)\n", "for i in x:\n    train(i)\n", ()),
        ("%%bash\nls", "", ("%%bash (cell 2)",)),
        ('text = """\n%matplotlib\n"""', 'text = """\n%matplotlib\n"""', ()),
    ],
)
def test_what_is_no_python_is_left_out(cell: str, python: str, left_out: Sequence[str]) -> None:
    script = as_script(notebook(cell), "t.ipynb")
    assert script.text.decode() == f"{mark(2)}{python}\n"
    assert script.notes == ((f"t.ipynb: left out: {', '.join(left_out)}",) if left_out else ())
    compile(script.text, "t.ipynb", "exec")


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (notebook("x = 1", "y = 1\n%run helpers.py"), "t.ipynb:cell 3:2: %run helpers.py: this"),
        (notebook("files = !ls"), "t.ipynb:cell 2:1: files = !ls: this only IPython can do"),
        (notebook("x = %env HOME"), "t.ipynb:cell 2:1: x = %env HOME: this"),
        (notebook("%cd /data"), "t.ipynb:cell 2:1: %cd /data: this"),
        (notebook("%%writefile a.py\nx = 1"), "t.ipynb:cell 2:1: %%writefile: this"),
        (notebook("%%timeit\nx = 1"), "t.ipynb:cell 2:1: %%timeit: this"),
        (notebook("x = 1\ny = ("), "t.ipynb:cell 2:2: cannot be parsed: '(' was never closed"),
        (notebook(), "t.ipynb: has no cells of Python"),
        (b"[1]", "t.ipynb:1: not a notebook: it has no cells"),
        (b"{", "t.ipynb:1: not a notebook: not valid JSON"),
        (b"\xff", "t.ipynb:1: not a notebook: not valid UTF-8"),
    ],
)
def test_what_cannot_be_done_without_ipython_is_an_error(source: bytes, place: str) -> None:
    with pytest.raises(NotebookError) as caught:
        as_script(source, "t.ipynb")
    assert str(caught.value).startswith(place)


OLD = (
    "%matplotlib inline\nimport tensorflow as tf\nimport helpers",
    "v = tf.get_variable('v', initializer=1.0)\n\nmove = tf.assign_add(v,\n    1.0)\n"
    "def never():\n    return tf.assign(v, 0.0)",
    "more = helpers.bump(v)\nsess = tf.Session()\nsess.run(tf.global_variables_initializer())",
    "for _ in range(3):\n    %time sess.run(move)\n    sess.run(more)\ndisplay(sess.run(v))",
)
HELPERS = "import tensorflow as tf\ndef bump(v):\n    return tf.assign_add(v, 2.0)\n"
NEW_CELLS = (
    "import tensorflow as tf\nv = tf.Variable(1.0, name='v')",
    "@tf.function\ndef step():\n    if v > 0.0:\n        v.assign_add(1.0)\n",
    "for _ in range(3):\n    step()\n    v.assign_add(2.0)",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "old.ipynb").write_bytes(notebook(*OLD))
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "new.ipynb").write_bytes(notebook(*NEW_CELLS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_notebook_trains_like_its_rewrite(folder: Path, interpreter: Interpreter) -> None:
    before = (folder / "old.ipynb").read_bytes()
    result = verify_script(Script(find_program("old.ipynb")), interpreter)
    assert result.passed
    assert result.judgements[REWRITTEN].verdict is Verdict.IDENTICAL
    assert (folder / "old.ipynb").read_bytes() == before
    trajectory = result.reference.trajectory
    assert trajectory is not None
    assert trajectory.steps == 3
    # Cell 1 is text.
    assert {str(state.site) for state in trajectory.states} == {
        "old.ipynb:cell 5:2",
        "old.ipynb:cell 5:3",
    }
    site = Site("old.ipynb:cell 5", 2)
    assert result.reference.program.line(site) == "sess.run(move)"
    rewritten = result.runs[REWRITTEN].program
    assert rewritten.line(Site("old.ipynb:cell 3", 3)) == "move = v.assign_add(1.0)"
    shown = excerpt(result.reference.program, site)
    assert shown is not None
    assert [number for number, _ in shown.lines] == [1, 2, 3, 4]
    files = {file.path.name: file for file in result.rewritten}
    assert (files["old.ipynb"].safe, files["helpers.py"].assumed) == (2, 1)
    assert files["old.ipynb"].unreached == ("cell 3:6:12",)
    assert files["helpers.py"].unreached == ()
    told = "\n".join(explain(result))
    assert "1 not proven: never reached (cell 3:6:12)" in told
    assert "note: old.ipynb: left out: %matplotlib inline (cell 2:1)" in told
    assert "old.ipynb:cell 3:1: tf.get_variable is of TensorFlow 1" in told


def test_two_notebooks_are_compared(folder: Path, interpreter: Interpreter) -> None:
    script = Script(find_program("old.ipynb"), find_program("new.ipynb"))
    assert verify_script(script, interpreter).passed
    wrong = NEW_CELLS[2].replace("2.0", "2.5")
    (folder / "new.ipynb").write_bytes(notebook(*NEW_CELLS[:2], wrong))
    script = Script(find_program("old.ipynb"), find_program("new.ipynb"))
    result = verify_script(script, interpreter)
    divergence = result.judgements[NEW].divergence
    assert divergence is not None
    assert str(divergence.reference_site) == "old.ipynb:cell 5:3"
    assert str(divergence.other_site) == "new.ipynb:cell 4:3"
    assert "written at new.ipynb:cell 4:3: v.assign_add(2.5)" in "\n".join(explain(result))


def test_a_failure_names_the_cell(folder: Path, interpreter: Interpreter) -> None:
    broken = notebook(OLD[0], "def f():\n    return 1 / 0\n\nf()")
    (folder / "old.ipynb").write_bytes(broken)
    result = verify_script(Script(find_program("old.ipynb")), interpreter)
    assert result.judgements[REPEAT].verdict is Verdict.ERROR
    told = list(explain(result))
    assert "old.ipynb:cell 3:2: ZeroDivisionError" in told[0]
    assert told[1:3] == [
        "    old.ipynb:cell 3:4: f()",
        "    old.ipynb:cell 3:2 in f: return 1 / 0",
    ]


def test_a_notebook_that_cannot_be_run_is_an_error(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "old.ipynb").write_bytes(notebook("%run x.py"))
    for command in (["verify"], ["record"], ["races"], ["verify", "helpers.py", "--against"]):
        assert main([*command, "old.ipynb"]) == 2
        out, err = capfd.readouterr()
        assert out == ""
        assert err.startswith("migrate-vars: old.ipynb:cell 2:1: %run x.py: this only IPython")
