"""A rewrite is proven by running a program; what fails the proof is found and given up."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.equivalence import prove as engine
from migrate_vars.equivalence.prove import Edit, bisect, find_proof, prove
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.recorded_runs import RecordedEvidence
from migrate_vars.workspace.rewrite_command import Proof, ProofError
from migrate_vars.workspace.rewrite_files import rewrite_paths

OPS = '''
"""State ops that other modules call."""
import tensorflow as tf


def update(target, value):
    return tf.assign(target, value)


def decay(target, rate):
    return tf.assign_sub(target, rate)


def bump(counter):
    return tf.assign_add(counter, 1.0)


def reset(target):
    return tf.assign(target, [0.0, 0.0])
'''
#: A program that calls them: `steps` is what differs from test to test.
TRAIN = """
import tensorflow as tf
import ops

def get(name, value, resource=False):
    return tf.get_variable(name, initializer=value, use_resource=resource)

w = get("w", [1.0, 2.0])
n = get("n", 0.0)
{setup}
steps = [{steps}]
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        for step in steps:
            sess.run(step)
"""
GOOD = "ops.update(w, w * 2.0), ops.decay(w, [0.1, 0.2]), ops.bump(n)"


class Project:
    """A folder with a program, and what its proof says."""

    def __init__(self, folder: Path, interpreter: Interpreter) -> None:
        self.folder = folder
        self.interpreter = interpreter
        self.runs: list[Program] = []

    def write(self, steps: str = GOOD, setup: str = "", ops: str = OPS, **others: str) -> None:
        """Writes the program and its modules."""
        others |= {"train": TRAIN.format(steps=steps, setup=textwrap.dedent(setup)), "ops": ops}
        for name, text in others.items():
            (self.folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def prove(
        self, options: Options | None = None, interpreter: Interpreter | None = None
    ) -> Proof:
        """Proves what rewriting makes of all files."""
        python = interpreter or self.interpreter
        options = options or Options(write=False)
        results = list(rewrite_paths([self.folder], replace(options, safe_only=False)))
        before = {path: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        program = Program(self.folder / "train.py", "train.py")
        original = python.run

        def run(program: Program) -> Run:
            self.runs.append(program)
            return original(program)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(python, "run", run)
            proof = prove(results, options, program, python)
        after = {path: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}
        assert after == before, "a proof writes nothing"
        return proof


@pytest.fixture
def project(tmp_path: Path, interpreter: Interpreter) -> Project:
    return Project(tmp_path, interpreter)


@pytest.fixture
def no_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program takes every receiver for a variable, so that only running it rewritten helps."""

    def lying(
        runs: Mapping[str, Trajectory], others: RecordedEvidence | None = None
    ) -> RecordedEvidence:
        for run in runs.values():
            run.evidence = [replace(call, receiver="resource variable") for call in run.evidence]
        return RecordedEvidence(runs, others)

    monkeypatch.setattr(engine, "RecordedEvidence", lying)


def findings(proof: Proof) -> list[Finding]:
    codes = ("MV101", "MV102", "MV906")
    return [f for result in proof.results for f in result.findings if f.code in codes]


def given_up(proof: Proof) -> list[tuple[str, int]]:
    left = [f for f in findings(proof) if f.status is Status.LEFT]
    assert len(left) == proof.reverted
    return [(Path(f.path).name, f.line) for f in left]


def line_of(text: str, part: str) -> int:
    return next(i for i, line in enumerate(text.splitlines(), 1) if part in line)


UPDATE = ("ops.py", line_of(OPS, "tf.assign(target, value)"))
DECAY = ("ops.py", line_of(OPS, "tf.assign_sub"))
BUMP = ("ops.py", line_of(OPS, "tf.assign_add"))
ALIAS = 'alias = tf.get_default_graph().get_tensor_by_name("w:0")'


def test_calls_that_the_program_reaches_are_proven(project: Project) -> None:
    project.write()
    proof = project.prove()
    assert given_up(proof) == []
    told = {f.line: (f.safety, f.reached) for f in findings(proof)}
    reset = line_of(OPS, "[0.0, 0.0]")
    assert told.pop(reset) == (Safety.ASSUMED, False)
    assert set(told.values()) == {(Safety.SAFE, True)}
    assert "3 of 4 rewritten calls proven, 1 never reached" in proof.said
    assert "`train.py` never reached this call; not proven" in findings(proof)[-1].message
    assert len(project.runs) == 3  # twice as it is, and once rewritten


def test_what_the_file_proves_is_not_proven_if_never_run(project: Project) -> None:
    project.write(ops=OPS + "\n\ndef unused():\n    v = tf.Variable(0.0)\n    tf.assign(v, 1.0)\n")
    (unused,) = [f for f in findings(project.prove()) if "made by Variable" in f.message]
    assert (unused.safety, unused.reached) == (Safety.SAFE, False)
    assert unused.message.endswith("; not proven: `train.py` never reached this call")


def test_a_receiver_that_the_run_shows_to_be_a_tensor_is_given_up(project: Project) -> None:
    project.write("ops.update(alias, w * 2.0), ops.bump(n)", ALIAS)
    proof = project.prove()
    assert given_up(proof) == [UPDATE]
    assert "no variable in `train.py` (reference tensor)" in findings(proof)[0].message
    assert len(project.runs) == 3


@pytest.mark.parametrize(
    ("steps", "setup", "wrong"),
    [
        ("ops.update(alias, w * 2.0), ops.bump(n), ops.decay(w, [0.5, 0.5])", ALIAS, [UPDATE]),
        ("ops.bump(n), ops.decay(op, [0.5, 0.5])", "op = ops.update(w, [1.0, 1.0])", [DECAY]),
        ("ops.update(w._ref(), w * 2.0), ops.bump(n)", "", [UPDATE]),
        ("ops.update(alias, w), ops.bump(n), ops.decay(alias, [0.5, 0.5])", ALIAS, [UPDATE, DECAY]),
    ],
)
@pytest.mark.usefixtures("no_tensors")
def test_bisection_finds_exactly_the_wrong_calls(
    project: Project, steps: str, setup: str, wrong: list[tuple[str, int]]
) -> None:
    project.write(steps, setup)
    proof = project.prove()
    assert given_up(proof) == wrong
    for finding in findings(proof):
        assert (finding.code == "MV906") == ((Path(finding.path).name, finding.line) in wrong)
        if finding.code == "MV906":
            assert "object has no attribute 'assign" in finding.message
            assert f"ops.py:{finding.line}: " in finding.message
    assert len({tuple(sorted(p.texts.items())) for p in project.runs}) == len(project.runs) - 1


#: Only a call of another module's function meets what this one does to `tf.assign`.
PATCH = """
import tensorflow as tf
original = tf.assign
tf.assign = lambda ref, value: original(ref, value + 1.0)
"""


def test_a_call_that_trains_differently_is_given_up(project: Project) -> None:
    project.write(setup="import patch", patch=PATCH, ops=OPS.replace("[0.0, 0.0]", "target * 0.0"))
    proof = project.prove()
    assert given_up(proof) == [UPDATE]
    (finding,) = [f for f in findings(proof) if f.code == "MV906"]
    # w = [1, 2] becomes w * 2 + 1; rewritten, the call does not meet what `patch` adds to it.
    expected = "training differs at step 1 of 6 in 'w': the values differ (3.0 before, 2.0 after)"
    assert finding.message.endswith(expected)
    # The other call of `tf.assign` is never reached, so it does no harm, but nothing is proven.
    assert "2 of 3 rewritten calls proven, 1 never reached, 1 given up" in proof.said


TWO = """
import tensorflow as tf


def first(v):
    return tf.assign_add(v, 1.0, name="first")


def second(v):
    return tf.assign_add(v, 1.0, name="second")
"""
#: For a resource variable the function ignores the name, and the method does not.
TOGETHER = """
a, b = get("a", 0.0, True), get("b", 0.0, True)
pair = [two.first(a), two.second(b)]
names = [op.name for op in tf.get_default_graph().get_operations()]
factor = 2.0 if any(name.startswith("AssignAddVariableOp") for name in names) else 3.0
"""


def test_of_calls_that_fail_only_together_one_is_given_up(project: Project) -> None:
    project.write("ops.update(w, w * factor), ops.bump(n), *pair", "import two" + TOGETHER, two=TWO)
    proof = project.prove()
    assert [path for path, _ in given_up(proof)] == ["two.py"]
    assert "in 'w'" in next(f.message for f in findings(proof) if f.code == "MV906")


def test_few_runs_find_one_of_many(project: Project, no_tensors: None) -> None:
    many = "\n\n".join(f"def f{i}(v):\n    return tf.assign_add(v, 1.0)" for i in range(40))
    called = [f"many.f{i}({'n._ref()' if i == 23 else 'n'})" for i in range(40)]
    project.write(", ".join(called), "import many", many="import tensorflow as tf\n" + many)
    proof = project.prove()
    assert given_up(proof) == [("many.py", line_of("\n" + many, "def f23(") + 1)]
    assert len(project.runs) <= 2 + 1 + 2 * 6 + 1


def test_safe_takes_what_the_run_shows(project: Project) -> None:
    project.write("ops.update(w, w * 2.0), ops.bump(n)")
    proof = project.prove(Options(safe_only=True, write=False))
    rewritten = [f.line for f in findings(proof) if f.status is Status.REWRITTEN]
    assert rewritten == [UPDATE[1], BUMP[1]]
    assert "2 of 2 rewritten calls proven" in proof.said
    assert proof.reverted == 0


def test_notebooks_are_rewritten_and_not_proven(project: Project) -> None:
    project.write("ops.update(w, w * 2.0), ops.bump(n)", ops=OPS)
    cell = {"cell_type": "code", "source": ["import tensorflow as tf\n", "tf.assign(v, 1.0)"]}
    notebook = project.folder / "n.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell]}))
    proof = project.prove()
    (told,) = [f for f in findings(proof) if f.cell is not None]
    assert told.message.endswith("; not proven: `train.py` never reached this call")
    assert "2 of 4 rewritten calls proven, 2 never reached" in proof.said
    for module in project.folder.glob("*.py"):
        module.unlink()
    project.runs.clear()
    assert "nothing to prove" in project.prove().said
    assert project.runs == []


def test_random_seeds_are_aligned_where_the_program_has_none(project: Project) -> None:
    project.write("ops.update(w, tf.random_uniform([2])), ops.bump(n)")
    proof = project.prove()
    assert given_up(proof) == []
    assert "aligned seeds" in proof.said


@pytest.mark.parametrize(
    ("setup", "message"),
    [
        ("1 / 0", "train.py: train.py:10: ZeroDivisionError: division by zero; nothing is proven"),
        ("raise SystemExit()", "train.py: no TensorFlow variable was written; nothing is proven"),
        (
            "update = ops.update; ops = type('', (), {})(); ops.update = ops.decay = ops.bump = "
            "lambda v, *_: v.assign(v * 2.0)",
            "train.py never reaches a rewritten call; ",
        ),
        ("import os; n = get('r', float(os.getpid()))", "train.py is nondeterministic: "),
    ],
)
def test_a_program_that_proves_nothing_is_an_error(
    project: Project, setup: str, message: str
) -> None:
    project.write(setup=setup)
    with pytest.raises(ProofError) as caught:
        project.prove()
    assert message in str(caught.value)
    assert str(caught.value).endswith("nothing was written")


def test_nothing_to_rewrite_runs_nothing(project: Project) -> None:
    project.write(ops="def update(*_): ...\ndecay = bump = update\n")
    proof = project.prove()
    assert (proof.reverted, project.runs) == (0, [])
    assert "nothing to prove" in proof.said


def test_under_tensorflow_1(project: Project, tf1_interpreter: Interpreter) -> None:
    project.write(
        "ops.update(alias, w * 2.0), ops.decay(w, [0.1, 0.2]), ops.bump(n)",
        ALIAS + "\nimport patch",
        patch=PATCH.replace("assign", "assign_add"),
    )
    proof = project.prove(interpreter=tf1_interpreter)
    assert given_up(proof) == [UPDATE, BUMP]
    assert [f.code for f in findings(proof)] == ["MV102", "MV101", "MV906", "MV101"]
    assert "(TensorFlow 1.15.5, 6 steps, 2 variables): 1 of 2 rewritten calls proven" in proof.said


EDITS: list[Edit] = [("a.py", line, 1) for line in range(12)]


@given(
    st.lists(st.sets(st.sampled_from(EDITS), min_size=1, max_size=3), max_size=4),
)
def test_what_is_kept_passes_and_what_is_given_up_does_not(causes: list[set[Edit]]) -> None:
    def fails(rewritten: frozenset[Edit]) -> bool:
        return any(cause <= rewritten for cause in causes)

    reasons = bisect(EDITS, lambda rewritten: "bad" * fails(rewritten))
    kept = frozenset(EDITS) - reasons.keys()
    assert not fails(kept)
    assert all(fails(kept | {edit}) for edit in reasons)
    assert all("bad" in why for why in reasons.values())


@pytest.mark.parametrize(
    ("command", "label", "argv", "module"),
    [
        ("train.py", "train.py", (), ""),
        ("train.py --name 'a b' -m", "train.py --name 'a b' -m", ("--name", "a b", "-m"), ""),
        ("-m pkg.train --steps 5", "-m pkg.train --steps 5", ("--steps", "5"), "pkg.train"),
    ],
)
def test_a_command_names_a_program(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    label: str,
    argv: tuple[str, ...],
    module: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").touch()
    program = find_proof(command)
    assert (program.label, program.argv, program.module) == (label, argv, module)
    assert program.cwd == tmp_path


@pytest.mark.parametrize("command", ["", "   ", "none.py --x", "'train.py", "-m"])
def test_a_command_that_names_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProofError) as caught:
        find_proof(command)
    assert "\n" not in str(caught.value)
