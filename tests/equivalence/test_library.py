"""What other projects import from ``migrate_vars``."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import migrate_vars
from migrate_vars import (
    Interpreter,
    ProgramError,
    Trajectory,
    VariableMap,
    Verdict,
    VerifyOptions,
    assert_equivalent,
    compare,
    record,
    verify,
    verify_script,
)
from migrate_vars.cli import verify as command
from migrate_vars.equivalence.patterns import bundled_directory
from tests.equivalence.racing import FIRST, LAST, REFERENCE

CLIPPED = bundled_directory() / "clipped_gradient_assign_sub"


def decay_in_session() -> None:
    import tensorflow.compat.v1 as tf

    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=False)
    decay = tf.assign(v, v * 0.5)
    add = tf.assign_add(v, [0.0, 0.25])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            session.run(decay)
            session.run(add)


def decay_eagerly(factor: float = 0.5) -> None:
    import tensorflow as tf

    v = tf.Variable([1.0, 2.0], name="v")

    def step() -> None:
        v.assign(v * factor)

    function = tf.function(step)
    for _ in range(4):
        function()
        v.assign_add([0.0, 0.25])


def test_every_public_name_is_there_and_documented() -> None:
    for name in migrate_vars.__all__:
        assert name in dir(migrate_vars)
        assert getattr(migrate_vars, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'verfy'"):
        migrate_vars.verfy  # noqa: B018


@pytest.mark.parametrize("eager", [False, True])
def test_functions_that_train_alike(eager: bool) -> None:
    assert_equivalent(decay_in_session, decay_eagerly, eager=eager)


def test_functions_that_do_not_train_alike() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_equivalent(decay_in_session, lambda: decay_eagerly(0.25))
    lines = [re.sub(" +", " ", line).strip() for line in str(caught.value).splitlines()]
    assert lines[:3] == [
        "Trajectories are not equivalent",
        "DIVERGED at step 1 of 4: the values differ",
        "variable v[0] (2 of 2 elements differ)",
    ]
    assert re.fullmatch(r"decay_in_session 0\.5 written at test_library\.py:\d+", lines[3])
    assert re.fullmatch(r".*<lambda> 0\.25 written at test_library\.py:\d+", lines[4])
    # A factor of two is 2**23 float32 numbers.
    assert lines[5].startswith("distance 8,388,608 ULP")


def test_a_drift_may_be_allowed() -> None:
    with pytest.raises(AssertionError, match="DIVERGED at step 1 of 4"):
        assert_equivalent(decay_in_session, lambda: decay_eagerly(0.500001))
    assert_equivalent(decay_in_session, lambda: decay_eagerly(0.500001), drift=1e-5)
    with pytest.raises(AssertionError, match="is above the 1e-09 allowed"):
        assert_equivalent(decay_in_session, lambda: decay_eagerly(0.500001), drift=1e-9)


def test_functions_that_train_nothing_prove_nothing() -> None:
    with pytest.raises(AssertionError, match=r"VACUOUS: .*<lambda>: no TensorFlow variable was"):
        assert_equivalent(lambda: None, decay_eagerly)
    with pytest.raises(AssertionError, match=r"VACUOUS: .*<lambda>: no TensorFlow variable was"):
        assert_equivalent(decay_in_session, lambda: None)


def test_recording_leaves_tensorflow_as_it_was() -> None:
    import tensorflow as tf
    from tensorflow.python import pywrap_tfe
    from tensorflow.python.client.session import BaseSession
    from tensorflow.python.ops import gen_resource_variable_ops, gen_state_ops

    def state() -> list[object]:
        return [
            *(vars(BaseSession)[name] for name in ("__init__", "_do_run", "make_callable")),
            pywrap_tfe.TFE_Py_FastPathExecute,
            pywrap_tfe.TFE_Py_Execute,
            gen_state_ops.assign,
            gen_resource_variable_ops.assign_variable_op,
            tf.config.functions_run_eagerly(),
            tf.config.optimizer.get_experimental_options().get("disable_meta_optimizer", False),
        ]

    def fail() -> None:
        raise KeyError("mine")

    before = state()
    record(decay_eagerly, eager=True)
    with pytest.raises(KeyError, match="mine"):
        record(fail)
    assert state() == before


def test_a_function_may_train_variables_that_exist_already() -> None:
    import tensorflow as tf

    bystander = tf.Variable(7.0, name="v")
    v = tf.Variable([1.0, 2.0], name="v")

    def train() -> None:
        for _ in range(4):
            v.assign(v * 0.5)
            v.assign_add([0.0, 0.25])

    trajectory = record(train)
    assert list(trajectory.variables) == ["v"]
    assert trajectory.steps == 4
    first = trajectory.value("v", trajectory.initial["v"])
    assert first is not None
    np.testing.assert_array_equal(first, [1.0, 2.0])
    assert bystander.numpy() == 7.0


def test_seeds_that_cannot_be_aligned() -> None:
    with pytest.raises(ValueError, match="a function draws as this process does"):
        record(decay_eagerly, align_seeds=True)
    with pytest.raises(ValueError, match="record it with --align-seeds"):
        record(CLIPPED / "v2_eager.py", draw_like=Trajectory({}))
    with pytest.raises(ValueError, match="'equal' instead of 'auto', 'own' or 'aligned'"):
        verify("conditional_reset", seeds="equal")


def test_scripts(tmp_path: Path) -> None:
    v1, v2 = CLIPPED / "v1_session.py", CLIPPED / "v2_eager.py"
    assert_equivalent(v1, str(v2))
    ours = record(v1)
    assert ours.steps == 10
    assert ours.header["policy"] == "exact"
    assert ours.header["settings"]["TF_ENABLE_ONEDNN_OPTS"] == "0"
    ours.save(tmp_path / "v1.jsonl")
    assert Trajectory.load(tmp_path / "v1.jsonl") == ours
    assert [path.name for path in tmp_path.iterdir()] == ["v1.jsonl"]
    theirs = record(v2, eager=True, draw_like=record(v1, align_seeds=True))
    assert theirs.header["seeds"] == "aligned"
    assert compare(tmp_path / "v1.jsonl", theirs).verdict is Verdict.IDENTICAL
    assert_equivalent(ours, theirs)


def test_the_oracle_is_not_told_that_tensorflow_2_is_loaded_here(
    tf1_python: Path, tmp_path: Path
) -> None:
    import tensorflow as tf

    assert tf.__version__ > "2"
    script = tmp_path / "one.py"
    script.write_text(
        "import tensorflow as tf\n"
        "v = tf.get_variable('v', initializer=1.0)\n"
        "add = tf.assign_add(v, tf.placeholder_with_default(1.0, []))\n"
        "with tf.Session() as session:\n"
        "    session.run(v.initializer)\n"
        "    session.run(add)\n"
    )
    assert record(script, python=tf1_python).steps == 1


def test_a_script_that_fails(tmp_path: Path) -> None:
    script = tmp_path / "fails.py"
    script.write_text("import tensorflow as tf\nprint('so far')\ntf.Variable(1.0)\n1 / 0\n")
    with pytest.raises(ProgramError) as caught:
        record(script)
    assert str(caught.value) == "fails.py: fails.py:4: ZeroDivisionError: division by zero"
    run = caught.value.run
    assert run.output.startswith("so far")
    assert run.trajectory is not None
    assert list(run.trajectory.variables) == ["Variable"]
    run.trajectory.save(tmp_path / "partial.jsonl")
    assert compare(tmp_path / "partial.jsonl", run.trajectory).verdict is Verdict.ERROR


def test_patterns() -> None:
    (result,) = verify("conditional_reset", seeds="aligned", same_start=True)
    assert result.passed


def test_scripts_are_compared_without_what_they_leave(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import os\n"
        "import tensorflow as tf\n"
        "v = tf.Variable(7.0 if os.path.exists('saved') else 2.0, name='v')\n"
        "for _ in range(3):\n"
        "    v.assign(v * 0.5)\n"
        "open('saved', 'w').write('x')\n"
    )
    assert_equivalent(script, script)
    assert list(tmp_path.iterdir()) == [script]
    record(script)
    assert (tmp_path / "saved").is_file()


def recorded(interpreter: Interpreter, folder: Path, text: str) -> Trajectory:
    script = folder / "train.py"
    script.write_text(text, "utf-8")
    return record(script, interpreter=interpreter)


def test_a_racing_program_recorded_twice_is_the_same(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    # After about 90 runs, an executor that is left alone chooses another order.
    text = REFERENCE.replace("range(4)", "range(200)").replace("0.25", "0.01")
    first, second = (recorded(interpreter, tmp_path, text) for _ in range(2))
    assert {race.variable for race in first.races} == {"v"}
    assert compare(first, second).verdict is Verdict.IDENTICAL


def test_recordings_whose_difference_a_race_explains_are_undefined(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    reference = recorded(interpreter, tmp_path, REFERENCE)
    found = [compare(reference, recorded(interpreter, tmp_path, text)) for text in (FIRST, LAST)]
    assert {one.verdict for one in found} == {Verdict.IDENTICAL, Verdict.UNDEFINED}
    (message,) = (one.message for one in found if one.message)
    assert message.startswith("train.py: data race on 'v': ")
    other = FIRST if found[1].verdict is Verdict.IDENTICAL else LAST
    (tmp_path / "other.py").write_text(other, "utf-8")
    with pytest.raises(AssertionError, match=r"UNDEFINED at step 1 of 4: train\.py: data race on "):
        assert_equivalent(reference, tmp_path / "other.py", interpreter=interpreter)


def test_recordings_that_differ_without_a_race_are_diverged(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    reference = recorded(interpreter, tmp_path, REFERENCE)
    ordered = recorded(interpreter, tmp_path, FIRST.replace(", loss]", "]"))
    assert not ordered.races
    # Elsewhere than where it races, and of a program that does not race.
    wrong = FIRST.replace("apart, 1.0", "apart, 2.0").replace(", loss]", "]")
    other = recorded(interpreter, tmp_path, wrong)
    for one in (reference, ordered):
        found = compare(one, other)
        assert found.verdict is Verdict.DIVERGED
        assert found.divergence is not None
        assert (found.divergence.step, found.divergence.variable) == (1, "apart")
    assert compare(ordered, recorded(interpreter, tmp_path, FIRST)).verdict is Verdict.IDENTICAL


def race_in_session() -> None:
    import tensorflow.compat.v1 as tf

    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.get_variable("v", initializer=1.0, use_resource=False)
        w = tf.get_variable("w", initializer=0.0, use_resource=False)
        both = [tf.assign_add(v, 1.0), tf.assign(w, 2.0 * v)]
        session.run(tf.global_variables_initializer())
        session.run(both)


def race_decided(doubled: float, added: float = 1.0) -> None:
    import tensorflow as tf

    v, w = tf.Variable(1.0, name="v"), tf.Variable(0.0, name="w")
    v.assign_add(added)
    w.assign(doubled)


def test_races_of_functions_are_found_too() -> None:
    reference = record(race_in_session)
    assert {race.variable for race in reference.races} == {"v"}
    others = [record(lambda: race_decided(2.0)), record(lambda: race_decided(4.0))]
    verdicts = {compare(reference, other).verdict for other in others}
    assert verdicts == {Verdict.IDENTICAL, Verdict.UNDEFINED}
    wrong = record(lambda: race_decided(2.0, added=2.0))
    assert compare(reference, wrong).verdict is Verdict.DIVERGED


def test_the_command_can_do_nothing_that_the_library_cannot() -> None:
    spoken = {parameter.name for parameter in command.params}
    # What to verify, what to print, and the parts of a variable map.
    target = {"targets", "list_only", "module", "against", "against_module"}
    printed = {"output_format", "verbose"}
    variables = {"map", "map_file", "ignore_variable"}
    known = {field.name for field in dataclasses.fields(VerifyOptions)}
    assert spoken - target - printed - variables == known - {"variables"}


def test_options_that_there_are_not() -> None:
    with pytest.raises(TypeError, match="seds"):
        verify("conditional_reset", seds="aligned")
    for name, value in (("policy", "fast"), ("v1_view", "sometimes"), ("seeds", "equal")):
        with pytest.raises(ValueError, match=f"{name} is '{value}' instead of '"):
            VerifyOptions(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="have the same variables"):
        verify("conditional_reset", variables=VariableMap(ignored=("counter",)))


UNSEEDED = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=tf.random_uniform([3]))
step = tf.assign(w, 0.5 * w)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(3):
        session.run(step)
print("done")
"""
MIGRATED = """
import tensorflow as tf
w = tf.Variable(tf.random.uniform([3]), name="{name}")
for _ in range(3):
    w.assign(0.5 * w)
print("{said}")
"""


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Path, Path]]:
    """Gives an old script, whose numbers are random, and a migration."""
    monkeypatch.chdir(tmp_path)

    def write(name: str = "w", said: str = "done") -> tuple[Path, Path]:
        old, new = tmp_path / "old.py", tmp_path / "new.py"
        old.write_text(UNSEEDED)
        new.write_text(MIGRATED.format(name=name, said=said))
        return old, new

    return write


def test_scripts_are_verified_with_the_same_options_everywhere(
    scripts: Callable[..., tuple[Path, Path]], interpreter: Interpreter, tmp_path: Path
) -> None:
    old, new = scripts()
    check = functools.partial(assert_equivalent, old, new, interpreter=interpreter)
    check()  # with aligned seeds
    with pytest.raises(AssertionError, match=r"UNDEFINED.*is nondeterministic"):
        check(seeds="own")
    scripts(said="finished")
    check()
    with pytest.raises(AssertionError, match=r"new output differs: 1 line printed by old\.py only"):
        check(compare_output=True)
    check(options=VerifyOptions(seeds="aligned"), report=tmp_path / "report.html")
    assert "old.py -&gt; new.py" in (tmp_path / "report.html").read_text("utf-8")
    # The current folder is that of verify_script, too.
    options = VerifyOptions(seeds="aligned", variables=VariableMap(ignored=("w",)))
    result = verify_script("old.py", against="new.py", options=options)
    assert result.judgements["new"].verdict is Verdict.VACUOUS
    result = verify_script(
        "old.py", against="new.py", options=options, variables=VariableMap((("w", "w"),))
    )
    assert result.passed
    assert any("drew the random numbers of old.py" in note for note in result.notes)


def test_what_runs_programs_again_is_for_scripts(tmp_path: Path) -> None:
    for options in ({"same_start": True}, {"seeds": "aligned"}, {"drift": "rounding"}):
        with pytest.raises(ValueError, match=f"{next(iter(options))}=.*: both must be scripts"):
            assert_equivalent(decay_in_session, decay_eagerly, **options)
    report = tmp_path / "report.html"
    assert_equivalent(decay_in_session, decay_eagerly, report=report)
    assert "decay_in_session" in report.read_text("utf-8")
    ignoring = VariableMap(ignored=("v",))
    with pytest.raises(AssertionError, match="VACUOUS"):
        assert_equivalent(decay_in_session, decay_eagerly, variables=ignoring)
