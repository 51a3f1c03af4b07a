"""Programs that train alike and print or summarise something else, and others that do not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from migrate_vars.equivalence.judging.checks import NEW, ORACLE
from migrate_vars.equivalence.judging.output_check import compare_outputs
from migrate_vars.equivalence.judging.verdicts import judge
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison
from migrate_vars.equivalence.reporting.html_page import as_html
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.junit_xml import as_junit
from migrate_vars.equivalence.reporting.text_report import Table, explain
from migrate_vars.equivalence.running.interpreter_set import Interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Printed, Run
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script
from tests.equivalence import recorded

OLD = """\
import time
import numpy as np
import tensorflow as tf
started = time.time()
random = np.random.RandomState(0)
xs = random.randn(40, 3).astype(np.float32)
ys = xs.argmax(1)
x = tf.placeholder(tf.float32, [None, 3])
y = tf.placeholder(tf.int64, [None])
training = tf.placeholder_with_default(False, [])
w = tf.get_variable("w", initializer=random.randn(3, 3).astype(np.float32))
noisy = tf.cond(training, lambda: x * [1.0, 1.0, 0.0], lambda: x)
logits = tf.matmul(noisy, w)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))
train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
merged = tf.summary.merge([tf.summary.scalar("loss", loss), tf.summary.histogram("w", w)])
print(loss)
with tf.Session() as sess:
    writer = tf.summary.FileWriter("logs", sess.graph)
    sess.run(tf.global_variables_initializer())
    for epoch in range(4):
        sess.run(train, {x: xs, y: ys, training: True})
        value, accurate, summary = sess.run([loss, accuracy, merged], {x: xs, y: ys})
        writer.add_summary(summary, epoch)
        print("\\r[===>...] %d s" % (time.time() - started), end="")
        print("\\repoch %d: accuracy %.3f" % (epoch, accurate), "loss", value)
    print("weights", sess.run(w))
    print("predicted", sess.run(tf.argmax(logits, 1), {x: xs[:5]}))
print("took %.3f s" % (time.time() - started))
"""
NEW_PROGRAM = """\
import time
import numpy as np
import tensorflow as tf
started = time.time()
random = np.random.RandomState(0)
xs = random.randn(40, 3).astype(np.float32)
ys = xs.argmax(1)
w = tf.Variable(random.randn(3, 3).astype(np.float32), name="w")

def predict(x, training=False):
    return tf.matmul(x * np.float32([1, 1, 0]) if training else x, w)

def loss_of(x, y, training=False):
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=predict(x, training)))

@tf.function
def step(x, y):
    with tf.GradientTape() as tape:
        loss = loss_of(x, y, training=True)
    w.assign_sub(0.5 * tape.gradient(loss, w))

writer = tf.summary.create_file_writer("logs")
for epoch in range(4):
    step(xs, ys)
    loss = loss_of(xs, ys)
    right = tf.equal(tf.argmax(predict(xs), 1), ys)
    accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
    with writer.as_default():
        tf.summary.write("loss", loss, step=epoch)
        histogram = [[tf.reduce_min(w), tf.reduce_max(w), 9.0]]
        tf.summary.write("w", histogram, step=epoch, metadata=HISTOGRAM)
    print("epoch %d: accuracy %.3f" % (epoch, accuracy), "loss", loss)
print("weights", w)
print("predicted", tf.argmax(predict(xs[:5]), 1))
print("took %.3f s" % (time.time() - started))
""".replace(
    "metadata=HISTOGRAM",
    'metadata=tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": "histograms"})',
)

Compare = Callable[..., Verification]


@pytest.fixture
def compare(interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compare:
    monkeypatch.chdir(tmp_path)

    def compare(
        *changes: tuple[str, str],
        old: tuple[str, str] = ("", ""),
        oracle: Interpreter | None = None,
        compare_output: bool = False,
    ) -> Verification:
        text = NEW_PROGRAM
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        Path("old.py").write_text(OLD.replace(*old))
        Path("new.py").write_text(text)
        script = Script(find_program("old.py"), find_program("new.py"))
        options = VerifyOptions(compare_output=compare_output)
        return verify_script(script, Interpreters(interpreter, interpreter, oracle), options)

    return compare


def test_a_migration_in_other_words_gives_the_same(compare: Compare) -> None:
    result = compare(compare_output=True)
    assert result.passed, list(explain(result))
    output = result.outputs[NEW]
    assert output.headline == (
        "26 printed numbers the same; 8 summarised values the same; 9 fetched values the same"
    )
    assert output.rows() == []
    (line,) = [line for line in explain(result) if "output" in line]
    assert line == f"old.py -> new.py: new output: {output.headline}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        # Along the wrong axis, and broadcast, so that nothing fails.
        (("tf.argmax(predict(xs), 1), ys", "tf.argmax(predict(xs), 0), ys[:3]"), "accuracy 0."),
        (("argmax(predict(xs), 1)", "argmax(predict(xs, True), 1)"), "accuracy 0."),
        (("    loss = loss_of(xs, ys)\n", "    loss = loss_of(xs, ys, True)\n"), "loss "),
        (("predict(xs[:5])", "predict(xs[1:6])"), "predicted "),
        (('print("weights", w)', 'print("weights", tf.transpose(w))'), "weights "),
        (('write("loss", loss,', 'write("loss", 1.001 * loss,'), "'loss' at step 0"),
        (("step=epoch)", "step=epoch + 1)"), "1 summary at different steps"),
        (('write("loss"', 'write("cost"'), "1 summary written by old.py only; 1 summary written "),
        (('print("predicted"', '("predicted"'), "1 line printed by old.py only"),
        (('print("took', 'print("done")\nprint("took'), "1 line printed by new.py only"),
    ],
)  # fmt: skip
def test_right_training_and_wrong_output(
    compare: Compare, wrong: tuple[str, str], said: str
) -> None:
    result = compare(wrong)
    assert result.passed, list(explain(result))  # without being asked, it is only reported
    output = result.outputs[NEW]
    assert said in output.headline
    assert not output.same
    assert output.rows()
    assert any(
        line.startswith("old.py -> new.py: new output differs: ") for line in explain(result)
    )
    strict = replace(result, compare_output=True)
    assert strict.trains_alike
    assert not strict.passed
    assert not strict.failed_to_run


def test_between_releases_last_digits_may_differ(
    compare: Compare, tf1_interpreter: Interpreter
) -> None:
    result = compare(oracle=tf1_interpreter, compare_output=True)
    assert result.passed, list(explain(result))
    assert set(result.outputs) == {ORACLE, NEW}
    assert result.outputs[ORACLE].printed.numbers == 26
    assert result.outputs[ORACLE].summaries.values == 8
    wrong = compare(
        old=(
            "sess.run([loss, accuracy",
            'sess.run([loss * (1.01 if tf.__version__ > "2" else 1), accuracy',
        ),
        oracle=tf1_interpreter,
    )
    assert "loss " in wrong.outputs[ORACLE].headline
    assert wrong.outputs[ORACLE].printed.n_differing == 4


def run(label: str, printed: str, values: list[float] | None = None, error: str = "") -> Run:
    trajectory = recorded.trajectory({"w": values or [0.0, 1.0, 2.0]})
    return replace(recorded.run(label, trajectory, error), printed=Printed(printed))


def outputs(ours: Run, theirs: Run, bound: float | None = None) -> OutputComparison | None:
    return compare_outputs(ours, theirs, judge(ours, theirs, bound))


def test_where_training_differs_nothing_is_said_of_output() -> None:
    assert outputs(run("a", "loss 1"), run("b", "loss 2", [0.0, 1.0, 2.5])) is None
    assert outputs(run("a", "loss 1"), run("b", "loss 2", error="exit code 3")) is None


def test_what_drifts_may_print_what_has_drifted() -> None:
    ours, theirs = run("a", "loss 0.5"), run("b", "loss 0.50002", [0.0, 1.0, 2.00001])
    found = outputs(ours, theirs, bound=1e-5)
    assert found is not None
    assert found.same
    further = outputs(ours, run("b", "loss 0.51", [0.0, 1.0, 2.00001]), bound=1e-5)
    assert further is not None
    assert not further.same


def test_releases_and_the_names_of_programs_are_no_difference() -> None:
    ours = run("a.py", "TensorFlow 2.21.0, folder/p.py: 2.21.1")
    found = outputs(ours, replace(ours, printed=Printed("TensorFlow 2.21.0, p.py: 2.21.1")))
    assert found is not None
    assert found.printed.n_differing == 0


def verification(compare_output: bool) -> Verification:
    reference, other = (
        run("old.py", "epoch 1 accuracy 0.913\n"),
        run("<b>", "epoch 1 accuracy 0.1\n"),
    )
    found = recorded.result("old.py -> <b>", reference, {"rewritten": reference, "new": other})
    output = compare_outputs(reference, other, found.judgements["new"])
    same = compare_outputs(reference, reference, found.judgements["rewritten"])
    assert output is not None
    assert same is not None
    return replace(found, outputs={"rewritten": same, "new": output}, compare_output=compare_output)


def test_how_it_is_shown() -> None:
    reported, failed = verification(False), verification(True)
    table = Table("script", [failed.name], ("rewritten", "new"))
    assert table.row(reported).split() == [
        "old.py",
        "->",
        "<b>",
        "2",
        "1",
        "identical",
        "identical",
    ]
    assert table.row(failed).endswith("identical   identical, output differs")
    assert list(explain(reported)) == [
        "old.py -> <b>: new output differs: "
        "1 of 2 printed numbers differ, first accuracy 0.913 / 0.1",
        "    accuracy  0.913 in line 1 of old.py, 0.1 in line 1 of <b>",
    ]
    assert next(explain(failed)) == ("old.py -> <b>: rewritten output: 2 printed numbers the same")
    (document,) = json.loads(as_json([failed], ["2.21.0"]))["results"]
    assert (document["passed"], document["compare_output"]) == (False, True)
    output = document["links"]["new"]["output"]
    assert (output["same"], output["printed"]["differing"]) == (False, 1)
    assert output["printed"]["first"] == [
        {"label": "accuracy", "reference": "0.913", "other": "0.1", "lines": [1, 1]}
    ]
    assert document["links"]["rewritten"]["output"]["same"]
    suites = ElementTree.fromstring(as_junit([reported, failed]))
    assert [suite.get("failures") for suite in suites] == ["0", "1"]
    (failure,) = suites.iter("failure")
    assert failure.get("type") == "output"
    for result, word in ((reported, "drift"), (failed, "diverged")):
        page = as_html([result], "scripts train alike", ["2.21.0"], 1.0)
        assert f'<span class="word {word}">differs</span>' in page
        assert "0.913 in line 1 of old.py, 0.1 in line 1 of &lt;b&gt;" in page
    assert "Trains alike, but gives other output" in as_html([failed], "x", ["2"], 1.0)
    assert "output differs" in as_html([failed, failed], "x", ["2"], 1.0)
