"""Somebody's own scripts, unchanged: against their rewrite, and against a migration by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import migrate_vars
from migrate_vars.cli import main
from migrate_vars.equivalence.judging.checks import NEW, NEW_EAGER, ORACLE, REPEAT, REWRITTEN
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.text_report import Table
from migrate_vars.equivalence.running.interpreter_set import Interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile, rewrite_files
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import (
    ScriptError,
    find_migration,
    find_program,
    project_of,
)
from migrate_vars.equivalence.verify_scripts import Script, verify_script
from migrate_vars.workspace.project import Project

Captured = pytest.CaptureFixture[str]
Verify = Callable[..., Verification]

TRAIN = """\
import os, sys
import numpy as np
import tensorflow as tf
from lib.updates import move

assert __name__ == "__main__" and sys.argv[1:] == ["--steps", "4"], sys.argv
assert os.path.exists("data.txt"), "runs in the user's folder"
x = tf.placeholder(tf.float32, [None, 2])
w = tf.Variable(tf.ones([2, 1]), name="w")
b = tf.Variable(0.0, name="b")
error = tf.matmul(x, w) + b - 1.0
train = [move(w, tf.matmul(x, error, transpose_a=True)), tf.assign_sub(b, tf.reduce_mean(error))]
random = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(int(sys.argv[2])):
        sess.run(train, {x: random.rand(5, 2)})
"""
UPDATES = """\
import tensorflow as tf
import os.path

assert os.path.basename(__file__) == "updates.py", __file__


def move(variable, gradient):
    return tf.assign(variable, variable - 0.125 * gradient)
"""
NEW_TRAIN = """\
import sys
import numpy as np
import tensorflow as tf

assert not hasattr(tf, "placeholder")
weights = tf.Variable(tf.ones([2, 1]), name="weights")
bias = tf.Variable(0.0, name="bias")


@tf.function
def train(x):
    error = tf.matmul(x, weights) + bias - 1.0
    gradient = tf.matmul(x, error, transpose_a=True)
    weights.assign_sub(0.125 * gradient)
    bias.assign_sub(tf.reduce_mean(error))


random = np.random.RandomState(0)
for _ in range(int(sys.argv[2])):
    train(tf.constant(random.rand(5, 2), tf.float32))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which somebody runs `python old/train.py --steps 4`."""
    for name, text in {
        "data.txt": "",
        "old/train.py": TRAIN,
        "old/lib/__init__.py": "",
        "old/lib/updates.py": UPDATES,
        "new.py": NEW_TRAIN,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(script: Path, *changes: tuple[str, str]) -> None:
    source = script.read_text()
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    script.write_text(source)


ARGV = ("--steps", "4")


@pytest.fixture
def verify(interpreter: Interpreter) -> Verify:
    """Verifies `old/train.py --steps 4`, which must repeat unless a verdict says otherwise."""

    def verify(against: str = "", repeats: Verdict = Verdict.IDENTICAL) -> Verification:
        migration = find_migration(against, ARGV) if against else None
        program = find_program("old/train.py", ARGV)
        script = Script(program, migration, project=project_of(program))
        result = verify_script(script, interpreter)
        assert result.judgements[REPEAT].verdict is repeats, result.judgements
        return result

    return verify


def test_the_names_of_tensorflow_1_are_for_the_old_program(
    interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.py").write_text(
        "import tensorflow as tf\n"
        "tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)\n"
        "w = tf.get_variable('w', [], initializer=tf.zeros_initializer())\n"
        "op = tf.assign_add(w, 2.0)\n"
        "with tf.Session() as sess:\n"
        "    sess.run(tf.global_variables_initializer())\n"
        "    for _ in range(3): sess.run(op)\n"
    )
    Path("new.py").write_text(
        "import tensorflow as tf\n"
        "assert tf.executing_eagerly() and not hasattr(tf, 'placeholder')\n"
        "w = tf.Variable(0.0, name='w')\n"
        "for _ in range(3): w.assign_add(2.0)\n"
    )
    for view in ("auto", "always"):
        script = Script(
            find_program("old.py", v1_view=view), find_migration("new.py", (), False, view)
        )
        judgements = verify_script(script, interpreter).judgements
        assert judgements[NEW].verdict is Verdict.IDENTICAL, judgements
    # A half-finished one does not run for its user either.
    for view, verdict in (("auto", Verdict.ERROR), ("both", Verdict.IDENTICAL)):
        script = Script(
            find_program("old.py", v1_view=view), find_migration("old.py", (), False, view)
        )
        assert verify_script(script, interpreter).judgements[NEW].verdict is verdict


def test_a_script_trains_like_its_rewrite(project: Path, verify: Verify) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.py")}
    result = verify()
    assert result.passed
    assert result.judgements[REWRITTEN].verdict is Verdict.IDENTICAL
    counts = {str(f.path.relative_to(project)): (f.safe, f.assumed) for f in result.rewritten}
    assert counts == {"old/train.py": (1, 0), "old/lib/updates.py": (0, 1)}
    trajectory = result.reference.trajectory
    assert trajectory is not None
    assert (trajectory.steps, set(trajectory.variables)) == (4, {"w", "b"})
    assert {path: path.read_bytes() for path in project.rglob("*.py")} == before


def test_the_configuration_counts_as_it_does_for_rewrite(project: Path, verify: Verify) -> None:
    """What `rewrite` would not do is not proven, and what only it knows is done."""
    # Reading it does not tell what it is.
    replaced = "import sys\nimport tensorflow\nsys.modules[__name__] = tensorflow.compat.v1\n"
    (project / "old/compat.py").write_text(replaced)
    edit(project / "old/lib/updates.py", ("import tensorflow as tf", "import compat as tf"))
    edit(project / "old/train.py", ("b, tf.reduce", "b, value=tf.reduce"))
    changes = {
        "": {"old/train.py": (1, 0)},
        'tf-modules = ["compat"]': {"old/train.py": (1, 0), "old/lib/updates.py": (0, 1)},
        'tf-modules = ["compat"]\nsafe = true': {"old/train.py": (1, 0)},
        'tf-modules = ["compat"]\nextend-exclude = ["lib"]': {"old/train.py": (1, 0)},
        'extend-exclude = ["train.py"]': {"old/train.py": (1, 0)},  # it was named
        'force-exclude = true\nextend-exclude = ["train.py"]': {},
        'ignore = ["MV101"]': {},
    }
    sources = [str(project / name) for name in ("old/train.py", "old/lib/updates.py")]
    for text, expected in changes.items():
        (project / "old/pyproject.toml").write_text(f"[tool.migrate-vars]\n{text}\n")
        configured = project_of(find_program("old/train.py", ARGV))
        found = rewrite_files(sources, configured)
        counts = {str(f.path.relative_to(project)): (f.safe, f.assumed) for f in found}
        assert counts == expected, text
    text = list(changes)[1]
    (project / "old/pyproject.toml").write_text(f"[tool.migrate-vars]\n{text}\n")
    result = verify()
    assert result.passed
    assert len(result.rewritten) == 2


def test_a_configuration_that_cannot_be_used_is_one_line(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "old/pyproject.toml").write_text('[tool.migrate-vars]\ntf-module = ["compat"]\n')
    assert main(["verify", "old/train.py"]) == 2
    assert "old/pyproject.toml:2: unknown key 'tf-module'" in capfd.readouterr().err


def test_runs_do_not_meet_in_the_folder_in_which_they_write(project: Path, verify: Verify) -> None:
    edit(
        project / "old/train.py",
        ("x = tf.placeholder", 'os.mkdir("checkpoints")\nx = tf.placeholder'),
        ("    sess.run(tf.global", '    __import__("time").sleep(0.5)\n    sess.run(tf.global'),
    )
    with (project / "old/train.py").open("a") as file:
        file.write('os.rmdir("checkpoints")\n')
    assert verify().passed


def test_a_rewrite_that_breaks_training_is_found(
    project: Path, verify: Verify, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands in for a bug in the rewriter: the rewritten module moves variables too far."""

    def rewrite(paths: Sequence[str], project: Project | None) -> list[RewrittenFile]:
        files = rewrite_files(paths, project)
        return [replace(f, text=f.text.replace(b"0.125", b"0.25")) for f in files]

    monkeypatch.setattr("migrate_vars.equivalence.verify_scripts.rewrite_files", rewrite)
    divergence = verify().judgements[REWRITTEN].divergence
    assert divergence is not None
    assert (divergence.step, divergence.variable) == (1, "w")


def test_a_script_that_only_tensorflow_1_can_run_is_proven_there(
    project: Path, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    edit(project / "old/train.py", ("\nassert", "\nimport tensorflow.contrib\nassert"))
    script = Script(find_program("old/train.py", ARGV))
    result = verify_script(script, Interpreters(interpreter, interpreter, tf1_interpreter))
    assert set(result.judgements) == {REPEAT, REWRITTEN}
    assert result.passed
    trajectory = result.runs[REWRITTEN].trajectory
    assert trajectory is not None
    assert trajectory.header["tensorflow"] == "1.15.5"
    assert any("does not run under TensorFlow 2" in note for note in result.notes)


CHAOS = """\
import tensorflow as tf
x = tf.get_variable("x", initializer=[0.01 * i for i in range(1, 100)])
move = tf.assign(x, 4.0 * x * tf.exp(-x * x) + 0.1 * tf.tanh(x) FAULT)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(150):
        sess.run(move)
"""


def test_rounding_that_adds_up_is_no_other_training(
    tmp_path: Path, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    script = tmp_path / "chaos.py"
    found = []
    for fault in ("", "* (1.001 if tf.__version__ < '2' else 1.0)"):
        script.write_text(CHAOS.replace("FAULT", fault))
        interpreters = Interpreters(interpreter, interpreter, tf1_interpreter)
        found.append(verify_script(Script(find_program(script)), interpreters))
    right, wrong = found
    assert right.passed
    judgement = right.judgements[ORACLE]
    assert judgement.verdict is Verdict.ROUNDING
    assert judgement.drift is not None
    assert judgement.drift.scaled > 1e-3
    assert judgement.rounding is not None
    assert judgement.rounding.until < 150
    assert len(judgement.rounding.alone) > 100
    assert any("of 150 steps checked individually" in note for note in right.notes)
    assert " rounding " in Table("script", [right.name], [ORACLE]).row(right)
    judgement = wrong.judgements[ORACLE]
    assert judgement.verdict is Verdict.DIVERGED
    assert "; not rounding: " in judgement.message
    assert str(judgement.forced).startswith("every step is wrong on its own")


# As an agent: what it is fed comes from what it has learned, and so does how often it asks.
AGENT = """\
import tensorflow as tf
x = tf.placeholder(tf.float32, [64], name="x")
rate = tf.placeholder(tf.float32, [], name="rate")
w = tf.get_variable("w", initializer=tf.linspace(0.1, 0.9, 64))
update = tf.assign(w, 3.9 * tf.exp(tf.log(x) + tf.log(1.0 - x)) * rate)
seen = tf.reduce_sum(x)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    value = sess.run(w)
    for step in range(60):
        if value[0] > 0.5:
            sess.run(seen, {x: value})
        value = sess.run(update, {x: value, rate: 1.0})
"""


def test_an_agent_is_fed_the_same_before_its_steps_are_called_wrong(
    tmp_path: Path, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    script = tmp_path / "agent.py"
    found = []
    for rate in ("3.9", "(3.9 if tf.__version__ < '2' else 3.899)"):
        script.write_text(AGENT.replace("3.9", rate))
        interpreters = Interpreters(interpreter, interpreter, tf1_interpreter)
        found.append(verify_script(Script(find_program(script)), interpreters))
    right, wrong = found
    assert right.judgements[ORACLE].verdict is Verdict.ROUNDING
    assert any("they depend on trained values" in note for note in right.notes)
    assert wrong.judgements[ORACLE].verdict is Verdict.DIVERGED


ONLY_1 = """\
import tensorflow as tf
import tensorflow.contrib
w = tf.get_variable("w", initializer=tf.linspace(0.1, 0.9, 64))
train = tf.assign(w, 0.5 * tf.tanh(w) + 0.25)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(10):
        sess.run(train)
"""
ONLY_2 = """\
import tensorflow as tf
w = tf.Variable(tf.linspace(0.1, 0.9, 64), name="w")
for step in range(10):
    w.assign(0.5 * tf.tanh(w) + 0.25)
"""


def test_a_migration_of_what_only_tensorflow_1_can_run_may_round_differently(
    tmp_path: Path, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    old, new = tmp_path / "old.py", tmp_path / "new.py"
    old.write_text(ONLY_1)
    found = []
    for text in (ONLY_2, ONLY_2.replace("0.5 *", "0.501 *")):
        new.write_text(text)
        script = Script(find_program(old), find_program(new))
        result = verify_script(script, Interpreters(interpreter, interpreter, tf1_interpreter))
        found.append(result.judgements[NEW])
    right, wrong = found
    assert right.verdict is Verdict.ROUNDING
    assert wrong.verdict is Verdict.DIVERGED
    assert wrong.divergence is not None
    assert wrong.divergence.step == 1


# Each weight is written while the gradients of the layers below are still computed from it.
RACING = """\
import numpy as np
import tensorflow as tf
import tensorflow.contrib
x = tf.placeholder(tf.float32, [None, 200], name="x")
sizes = [200, 40, 30, 20, 10]
rng = np.random.RandomState(0)
weights = [tf.Variable(rng.randn(*s).astype("f") / 9) for s in zip(sizes, sizes[1:])]
layers = [x]
for w in weights:
    layers.append(tf.tanh(tf.matmul(layers[-1], w)))
delta, train = layers[-1] - 0.5, []
for below, layer, w in list(zip(layers, layers[1:], weights))[::-1]:
    delta = delta * (1 - layer * layer)
    train.append(tf.assign(w, w - 0.05 * tf.matmul(below, delta, transpose_a=True)))
    delta = tf.matmul(delta, tf.transpose(w))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(150):
        sess.run(train, {x: rng.rand(10, 200)})
"""


def test_what_races_repeats_with_one_op_at_a_time(
    tmp_path: Path, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    path = tmp_path / "racing.py"
    path.write_text(RACING)
    options = VerifyOptions(seeds="own")
    interpreters = Interpreters(interpreter, interpreter, tf1_interpreter)
    result = verify_script(Script(find_program(path)), interpreters, options)
    assert {name: j.verdict for name, j in result.judgements.items()} == dict.fromkeys(
        (REPEAT, REWRITTEN), Verdict.IDENTICAL
    )
    assert any("racing.py (TF 1): data race on " in note for note in result.notes)


def test_a_migration_by_hand(project: Path, verify: Verify) -> None:
    result = verify("new.py")
    assert result.passed
    judgement = result.judgements[NEW]
    assert judgement.verdict is Verdict.IDENTICAL
    assert judgement.comparison is not None
    pairs = {(pair.reference, pair.other) for pair in judgement.comparison.mapping.pairs}
    assert pairs == {("w", "weights"), ("b", "bias")}
    assert NEW_EAGER not in result.judgements


def test_a_wrong_migration_is_run_eagerly_for_its_lines(project: Path, verify: Verify) -> None:
    edit(project / "new.py", ("assign_sub(tf.reduce_mean", "assign_sub(0.5 * tf.reduce_mean"))
    result = verify("new.py")
    line = NEW_TRAIN[: NEW_TRAIN.index("    bias.assign_sub")].count("\n") + 1
    found = [result.judgements[link].divergence for link in (NEW, NEW_EAGER)]
    assert [(d.step, d.variable) for d in found if d] == [(1, "b")] * 2
    assert found[1] is not None
    assert str(found[1].other_site) == f"new.py:{line}"


def test_what_does_not_repeat_is_not_compared(project: Path, verify: Verify) -> None:
    drawn = "float(int.from_bytes(__import__('os').urandom(3), 'big'))"
    edit(project / "old/train.py", ("tf.ones([2, 1])", f"tf.fill([2, 1], {drawn})"))
    result = verify("new.py", repeats=Verdict.UNDEFINED)
    assert list(result.judgements) == [REPEAT]
    divergence = result.judgements[REPEAT].divergence
    assert divergence is not None
    assert (divergence.step, divergence.variable) == (0, "w")


def test_an_end_before_the_end_names_the_step(project: Path, verify: Verify) -> None:
    feed = "random.rand(5, 2)})"
    edit(project / "old/train.py", (feed, f"{feed}\n        if _ == 2: sys.exit('enough')"))
    result = verify(repeats=Verdict.ERROR)
    message = "old/train.py: train.py:18: sys.exit('enough') (after step 3)"
    assert result.judgements[REPEAT].message == message


def test_nothing_to_rewrite_is_no_proof(project: Path, verify: Verify) -> None:
    edit(project / "old/train.py", ("tf.assign_sub(b, ", "b.assign_sub("))
    edit(project / "old/lib/updates.py", ("tf.assign(variable, ", "variable.assign("))
    result = verify()
    assert result.judgements[REWRITTEN].verdict is Verdict.VACUOUS
    expected = "rewrite finds nothing to change in train.py, lib/__init__.py, lib/updates.py"
    assert expected in result.notes


def test_a_variable_of_one_side_is_a_divergence_unless_it_is_ignored(
    project: Path, capfd: Captured
) -> None:
    edit(
        project / "new.py",
        ("bias = ", 'more = tf.Variable(0.0, name="more")\nbias = '),
        ("train(tf.constant", "more.assign_add(1.0)\n    train(tf.constant"),
    )
    command = ["verify", "old/train.py", "--against", "new.py", "--drift", "1e-3"]
    assert main([*command, "--map", "b=more", "--", *ARGV]) == 1
    assert "variables paired: 1 by name" not in capfd.readouterr().out
    assert main([*command, "--map", "b=bias", "--", *ARGV]) == 1
    assert "changed, but the reference has no such variable" in capfd.readouterr().out
    assert main([*command, "--ignore-variable", "more", "--", *ARGV]) == 0
    assert main([*command, "--map", "b=mroe", "--", *ARGV]) == 2
    assert "has no variable 'mroe'" in capfd.readouterr().err


def test_the_command(project: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MIGRATE_VARS_TF1_PYTHON", raising=False)
    assert main(["verify", "old/train.py", "--against", "new.py", "--", *ARGV]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[0].split() == ["script", "steps", "variables", "repeat", "new"]
    assert "old/train.py -> new.py      4          2  identical   identical" in out
    assert err == ""


def test_the_library(project: Path) -> None:
    result = migrate_vars.verify_script("old/train.py", argv=ARGV, against="new.py")
    assert result.passed
    assert result.name == "old/train.py -> new.py"


def test_modules(project: Path, capfd: Captured) -> None:
    edit(
        project / "old/train.py",
        ("from lib", "from .lib"),
        ('"__main__"', '"__main__" and __package__ == "old" and __spec__.name == "old.train"'),
    )
    assert main(["verify", "-m", "old.train", "--", *ARGV]) == 0
    out, _ = capfd.readouterr()
    assert "rewritten: old/train.py: 1 call (1 safe, 0 assumed)" in out
    assert "rewritten: old/lib/updates.py: 1 call (0 safe, 1 assumed)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.py"], "nothing.py: no such file"),
        (["old/train.py", "--against", "nothing.py --steps 1"], "nothing.py: no such file"),
        (["old/train.py", "--against", "'"], "': No closing quotation"),
    ],
)
def test_scripts_that_are_not_there(
    project: Path, capfd: Captured, arguments: list[str], message: str
) -> None:
    assert main(["verify", *arguments]) == 2
    assert capfd.readouterr().err == f"migrate-vars: {message}\n"


def test_a_migration_may_have_arguments_of_its_own(project: Path) -> None:
    assert find_program("new.py", ARGV).argv == ARGV
    assert find_program("new.py --lr '1 2'", ARGV).argv == ("--lr", "1 2")
    (project / "a b.py").write_text("")
    assert find_program("a b.py", ARGV).argv == ARGV
    with pytest.raises(ScriptError):
        find_program("a c.py", ARGV)
