"""The page that people look at: what stands on it, read without a browser."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from migrate_vars.equivalence.judging.teacher_forcing import Forced, StepDistance
from migrate_vars.equivalence.judging.verdicts import Basis, Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.html_page import as_html
from migrate_vars.equivalence.reporting.html_variables import LISTED
from migrate_vars.equivalence.reporting.html_verdict import DRAWN
from migrate_vars.equivalence.reporting.text_report import Table, explain
from migrate_vars.equivalence.running.failures import Failure, Frame
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile
from migrate_vars.trajectory.records import Access, Fed, FedCall, Race, Site, Summary
from migrate_vars.trajectory.trajectory import Trajectory
from tests.equivalence.recorded import result, run, trajectory

STEPS = 8
HOSTILE = [
    "<script>alert(1)</script>",
    "</svg></desc></title><img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b[0m\x07",
    "\u202egnp.exe\u2066",
    "nul\0nul",
    "half \ud800 a pair",
    "line\nbreak\r\n\x85\u2028",
    "n" * 10_000,
]


class Page(HTMLParser):
    """The text, the tables and the tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._caption: str | None = None
        self._cell = self._hidden = False
        self._words: list[str] = []
        self.feed(html)
        self.text = " ".join("".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag, and make room for its text."""
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag == "style"
        if tag == "table":
            self._rows = []
        elif tag == "caption":
            self._caption = ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        """Keep a table that is complete."""
        if tag in ("td", "th"):
            self._cell = False
        elif tag == "table":
            self.tables[" ".join((self._caption or "").split())] = self._rows
            self._caption = None
        elif tag == "style":
            self._hidden = False
        self._words.append(" ")

    def handle_data(self, data: str) -> None:
        """Keep text that is shown."""
        if self._hidden:
            return
        self._words.append(data)
        if self._cell:
            self._rows[-1][-1] += data
        elif self._caption is not None and not self._rows:
            self._caption += data

    def table(self, caption: str) -> list[list[str]]:
        """The rows of a table below its head."""
        return [[" ".join(cell.split()) for cell in row] for row in self.tables[caption][1:]]


def page_of(*results: Verification) -> Page:
    return Page(as_html(results, "train alike", ["2.21.0"], 1.0))


def reference() -> Trajectory:
    rng = np.random.default_rng(1)
    kernel = list(rng.normal(size=(STEPS + 1, 3, 2)).astype(np.float32))
    return trajectory({"kernel": kernel, "counter": [np.int64(i) for i in range(STEPS + 1)]})


def with_mistake_from(step: int) -> Trajectory:
    right = reference()
    kernel = [right.value("kernel", right.initial["kernel"])]
    kernel += [right.value("kernel", s.writes["kernel"].digest) for s in right.states]
    wrong = [v if i < step else v + np.float32(0.01) for i, v in enumerate(kernel) if v is not None]
    return trajectory({"kernel": wrong, "counter": [np.int64(i) for i in range(STEPS + 1)]})


@pytest.fixture(scope="module")
def diverged() -> Verification:
    return result(
        "conditional",
        run("v1.py", reference()),
        {"eager": run("v2.py", reference()), "function": run("v2f.py", with_mistake_from(3))},
    )


def test_the_verdicts_are_in_words(diverged: Verification) -> None:
    text = page_of(diverged).text
    assert "Does not train alike: conditional" in text
    assert "eager ✓ identical : every bit of 2 variables after each of 8 steps is the same" in text
    assert "function ✗ DIVERGED : at step 3 of 8 in kernel: the values differ" in text
    assert "v1.py , p.py:3" in text
    assert "v2f.py , p.py:3" in text


def test_what_was_compared_of_a_reference_is_told() -> None:
    found = result("p", run("v1.py", reference()), {"eager": run("v2.py", reference())})
    partial = replace(found.judgements["eager"], basis=Basis(2, 8, "states"))
    found = replace(found, judgements={"eager": partial})
    assert "every bit of 2 variables in 2 of 8 states is the same" in page_of(found).text


def test_every_variable_is_listed(diverged: Verification) -> None:
    page = page_of(diverged)
    assert page.table("Variables of conditional: eager") == [
        ["kernel", "3 x 2", "float32", "kernel", "same name", "8 steps", "none", "0", "0"],
        ["counter", "scalar", "int64", "counter", "same name", "8 steps", "none", "0", "0"],
    ]
    kernel, counter = page.table("Variables of conditional: function")
    right, wrong = reference(), with_mistake_from(3)
    values = [
        [side.value("kernel", state.writes["kernel"].digest) for state in side.states]
        for side in (right, wrong)
    ]
    ours, theirs = (np.array(side, np.float64) for side in values)
    first = np.abs(np.asarray(right.value("kernel", right.initial["kernel"]))).max()
    apart = [
        np.abs(ours[i] - theirs[i]).max() / max(first, np.abs(ours[: i + 1]).max())
        for i in range(STEPS)
    ]
    assert kernel[:8] == [
        *(
            "kernel",
            "3 x 2",
            "float32",
            "kernel",
            "same name",
            "8 steps",
            "step 3",
            f"{max(apart):.2g}",
        )
    ]
    assert counter == [
        "counter",
        "scalar",
        "int64",
        "counter",
        "same name",
        "8 steps",
        "none",
        "0",
        "0",
    ]
    around = page.table("conditional, function: distance around the first difference")
    assert [row[0] for row in around] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert around[1] == ["2", "-", "0", "0"]
    assert around[2][:3] == ["3", "kernel", f"{apart[2]:.2g}"]


def test_links_that_agree_share_a_table() -> None:
    runs = {name: run(name, reference()) for name in ("rewritten", "eager")}
    runs["function"] = run("v2.py", with_mistake_from(3))
    runs["TF 1"] = run("old", with_mistake_from(4))
    page = page_of(result("p", run("v1.py", reference()), runs, {"TF 1": 1.0}))
    captions = [caption for caption in page.tables if caption.startswith("Variables")]
    assert len(captions) == 3
    assert captions[0] == "Variables of p: rewritten, eager"


def test_the_oracle_is_the_side_that_is_taken_to_be_right() -> None:
    oracle, other = with_mistake_from(2), reference()
    page = page_of(result("p", run("v1.py", other), {"TF 1": run("v1.py (TF 1)", oracle)}))
    assert "TF 1 ✗ DIVERGED : at step 2 of 8 in kernel: the values differ" in page.text
    (words,) = [
        attributes
        for tag, attributes in page.tags
        if tag == "desc" and "plot-1" in (attributes["id"] or "")
    ]
    assert words
    assert "v1.py: " in page.text
    assert "TF 1: " in page.text


def test_a_drift_is_told_with_its_bound() -> None:
    runs = {"keras": run("v2_keras.py", with_mistake_from(5))}
    page = page_of(result("p", run("v1.py", reference()), runs, {"keras": 0.5}))
    assert "Trains alike: p" in page.text
    assert re.search(
        r"keras ≈ drift : 2 variables after each of 8 steps are the same up to 0\.00\d+ of the "
        r"largest magnitude that the variable has had, where 0\.5 is allowed; the largest "
        r"difference is in kernel at step \d",
        page.text,
    )


def test_a_program_that_fails_shows_what_it_printed() -> None:
    output = "".join(f"line {n}\n" for n in range(100)) + "\x1b[1mZeroDivisionError\n"
    runs = {"function": run("v2.py", None, "v2.py:3: ZeroDivisionError", output)}
    page = page_of(result("p", run("v1.py", reference(), output="fine\n"), runs))
    assert "function ! ERROR : v2.py: v2.py:3: ZeroDivisionError" in page.text
    assert "… 61 lines before line 61 " in page.text
    assert "line 99 \\x1b[1mZeroDivisionError" in page.text
    assert ("details", {"open": None}) in page.tags


def test_nothing_to_compare_is_said() -> None:
    failed = run("v1.py", None, "v1.py:1: SyntaxError")
    page = page_of(result("p", failed, {"eager": run("v2.py", reference())}))
    assert "eager ! ERROR : v1.py: v1.py:1: SyntaxError" in page.text
    assert "Could not be run to its end: p" in page.text
    assert "Nothing was compared." in page.text
    vacuous = run("v1.py", trajectory({"a": [1.0, 1.0]}))
    page = page_of(result("p", vacuous, {"eager": run("v2.py", reference())}))
    assert "eager ∅ VACUOUS : v1.py: no variable changed its value" in page.text
    assert "Nothing is proven: p" in page.text


def test_other_steps_have_no_distance_by_step() -> None:
    ours = trajectory({"a": [0.0, 1.0, 2.0, 3.0, 4.0]})
    theirs = trajectory({"a": [0.0, 2.0, 4.5]})
    page = page_of(result("p", run("v1.py", ours), {"function": run("v2.py", theirs)}))
    assert page.table("Variables of p: function")[0][6:] == ["not known"] * 3
    assert "The programs do not count the same steps" in page.text


def test_steps_that_are_wrong_on_their_own_are_listed() -> None:
    one = result("p", run("v1.py", reference()), {"eager": run("v2.py", with_mistake_from(3))})
    wrong = (
        StepDistance(3, "kernel", 0.0125, 1_000, ("kernel",)),
        StepDistance(5, "kernel", 0.5, None, ("kernel",)),
    )
    forced = Forced((1, 2, 3, 4, 5), wrong)
    judgements = {"eager": replace(one.judgements["eager"], forced=forced)}
    page = page_of(replace(one, judgements=judgements))
    said = f"With teacher forcing (each step begun with the reference's values): {forced}"
    assert said in page.text
    assert page.table("p, eager: steps that are wrong on their own") == [
        ["3", "kernel", "0.013", "1,000"],
        ["5", "kernel", "0.5", "no number"],
    ]


def test_initial_values_that_differ() -> None:
    ours, theirs = trajectory({"a": [0.5, 1.0, 2.0]}), trajectory({"a": [0.25, 1.5, 2.0]})
    page = page_of(result("p", run("v1.py", ours), {"function": run("v2.py", theirs)}))
    assert "function ✗ DIVERGED : before step 1 in a: the initial values differ" in page.text
    assert page.table("Variables of p: function")[0][6:8] == ["start", "0.5"]
    assert page.table("p, function: distance around the first difference")[0][:3] == [
        *("start", "a", "0.5")
    ]
    assert page.text.count("the initial values differ") == 3  # in words, and in two plots


def test_a_program_that_stops_early_is_compared_until_then() -> None:
    ours = trajectory({"a": [0.0, 1.0, 2.0, 3.0, 4.0]})
    theirs = trajectory({"a": [0.0, 1.0, 2.0]})
    page = page_of(result("p", run("v1.py", ours), {"function": run("v2.py", theirs)}))
    assert "function ✗ DIVERGED : at step 3 of 4: the program stops after step 2 of 4" in page.text
    assert page.table("Variables of p: function")[0][6:] == ["none", "0", "0"]


def test_values_that_were_not_kept_are_said_to_be_unknown() -> None:
    theirs = with_mistake_from(3)
    last = theirs.states[-1].writes["kernel"].digest
    del theirs.values["kernel", last]
    page = page_of(result("p", run("v1.py", reference()), {"function": run("v2.py", theirs)}))
    step, scaled, ulp = page.table("Variables of p: function")[0][6:]
    assert step == "step 3"
    assert scaled.endswith(" or more")
    assert ulp.endswith(" or more")
    theirs.values.clear()
    page = page_of(result("p", run("v1.py", reference()), {"function": run("v2.py", theirs)}))
    assert page.table("Variables of p: function")[0][6:] == ["step 3", "not known", "not known"]


def test_many_variables_are_counted() -> None:
    values = {f"v{i}": [float(i), i + 1.0] for i in range(LISTED + 1_500)}
    runs = {"eager": run("v2.py", trajectory(values))}
    html = as_html(
        [result("p", run("v1.py", trajectory(values)), runs)], "train alike", ["2.21.0"], 1.0
    )
    assert len(html) < 200_000
    page = Page(html)
    assert len(page.table("Variables of p: eager")) == LISTED
    assert "1,500 more variables are not listed." in page.text
    assert f"{LISTED + 1_500 - DRAWN:,} more variables that change are not drawn." in page.text


def test_many_steps_are_looked_at_here_and_there() -> None:
    ours = [np.float32(i) for i in range(10_001)]
    theirs = [value + np.float32(i >= 7_000) for i, value in enumerate(ours)]
    runs = {"eager": run("v2.py", trajectory({"a": theirs}))}
    html = as_html(
        [result("p", run("v1.py", trajectory({"a": ours})), runs)], "train alike", ["2.21.0"], 1.0
    )
    assert len(html) < 100_000
    page = Page(html)
    assert re.search(r"Distances were measured at 3\d\d of the steps\.", page.text)
    assert page.table("Variables of p: eager")[0][6] == "step 7,000"
    around = page.table("p, eager: distance around the first difference")
    assert [row[0] for row in around] == [f"{n:,}" for n in range(6_998, 7_006)]


def test_many_results_have_a_table_of_links() -> None:
    results = [
        result(f"pattern_{i}", run("v1.py", reference()), {"eager": run("v2.py", reference())})
        for i in range(29)
    ]
    page = page_of(*results)
    rows = page.table("All results")
    assert [row[0] for row in rows] == [f"pattern_{i}" for i in range(29)]
    assert rows[0] == ["pattern_0", "✓ alike", "✓ identical", "8", "2"]
    identities = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identities) == len(set(identities))
    targets = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert len(targets) == 30
    assert {target for target in targets if target} <= {f"#{one}" for one in identities}


def test_the_summary_names_what_counts() -> None:
    right = run("v1.py", reference())
    runs = {"eager": run("v2.py", reference()), "function": run("v2.py", with_mistake_from(3))}
    (row,) = [
        row
        for row in page_of(result("p", right, runs), result("q", right, {})).table("All results")
        if row[0] == "p"
    ]
    assert row == ["p", "✗ DIVERGED", "✓ identical", "✗ DIVERGED", "8", "2"]


def test_verdicts_that_are_the_same_are_told_once() -> None:
    runs = {name: run(name, reference()) for name in ("rewritten", "eager", "keras")}
    text = page_of(result("p", run("v1.py", reference()), runs, {"keras": 0.1})).text
    assert "rewritten, eager ✓ identical : every bit of 2 variables after each of 8" in text
    assert "keras ✓ identical : every bit of 2 variables after each of 8 steps is the same" in text
    assert "(a drift of 0.1 is allowed)" in text


def test_races_of_the_reference_are_listed() -> None:
    ours = reference()
    accesses = (Access("read", "add", Site("p.py", 4)), Access("write", "Assign", Site("p.py", 5)))
    ours.races += [
        Race(
            i, "kernel", "reference", accesses, Site("p.py", 9), 2, 2, ("kernel",), (), ("loss:0",)
        )
        for i in range(31)
    ]
    page = page_of(result("p", run("v1.py", ours), {"eager": run("v2.py", reference())}))
    rows = page.table("Races of p")
    assert len(rows) == 30
    assert rows[0] == [
        *("kernel", "reference", "read by add, p.py:4", "write by Assign, p.py:5"),
        *("p.py:9, first in step 2", "kernel, loss:0"),
    ]
    assert "1 more races are not listed." in page.text


def test_a_reference_that_does_not_repeat_is_not_compared_with_others() -> None:
    other = run("v2.py", with_mistake_from(2))
    one = result("p", run("v1.py", reference()), {"eager": other})
    found = replace(one.judgements["eager"], verdict=Verdict.UNDEFINED, message="varies")
    judgements = {"eager": replace(found, again=True)}
    text = page_of(replace(one, judgements=judgements)).text
    assert "eager ? UNDEFINED : at step 2 of 8 in kernel: varies" in text
    assert "v1.py (run again)" in text
    assert "Nothing was compared." in text
    # Where races excuse what differs, the other program is what was compared.
    page = page_of(replace(one, judgements={"eager": found}))
    assert page.table("Variables of p: eager")[0][6] == "step 2"
    assert "v1.py (run again)" not in page.text


def test_other_data_are_shown_before_other_values() -> None:
    sides = []
    for side, data in (("v1.py", "x"), ("v2.py", "y")):
        recorded = reference() if side == "v1.py" else with_mistake_from(3)
        fed = (Fed("x:0", "float32", (2,), data),)
        recorded.feeds.append(FedCall(1, 0, fed))
        sides.append(run(side, recorded))
    text = page_of(result("p", sides[0], {"function": sides[1]})).text
    assert "function ✗ DIVERGED : at step 3 of 8 in kernel: the data differ at step 2" in text
    assert text.index("v1.py , p.py:2") < text.index("v1.py , p.py:3")


def test_of_values_that_were_not_kept_samples_are_drawn() -> None:
    sides = []
    for recorded in (reference(), with_mistake_from(3)):
        for key, value in list(recorded.values.items()):
            if key[0] == "kernel":
                recorded.summaries[key] = Summary(value.shape, value.reshape(-1)[:2])
                del recorded.values[key]
        sides.append(recorded)
    page = page_of(result("p", run("v1.py", sides[0]), {"function": run("v2.py", sides[1])}))
    assert "Norm of some elements of kernel" in page.text
    first = reference()
    kernel = first.value("kernel", first.initial["kernel"])
    assert kernel is not None
    assert f"v1.py: {np.linalg.norm(kernel.reshape(-1)[:2]):.4g} at 0" in page.text


def test_environments_are_told_once() -> None:
    old = with_mistake_from(9)
    old.header.update(tensorflow="1.15.5", python="3.7.9")
    runs = {"TF 1": run("v1.py (TF 1)", old), "eager": run("v2.py", reference())}
    page = page_of(result("p", run("v1.py", reference()), runs))
    assert ["tensorflow", "2.21.0"] in page.tables["Environment of: reference, eager"]
    assert ["tensorflow", "1.15.5"] in page.tables["Environment of: TF 1"]
    assert ["settings", '{"threads": 1}'] in page.tables["Environment of: TF 1"]


def test_the_table_is_around_the_step_that_the_verdict_speaks_of() -> None:
    """Once around the first bit that differs, however far from what was to be seen."""
    ours = [np.float32(1.0 + i) for i in range(1_001)]
    theirs = [value * np.float32(1 + 1e-6) for value in ours[:700]]
    theirs += [value * np.float32(1.5) for value in ours[700:]]
    runs = {"keras": run("v2.py", trajectory({"a": theirs}))}
    page = page_of(result("p", run("v1.py", trajectory({"a": ours})), runs, {"keras": 1e-3}))
    around = page.table("p, keras: distance around the first difference above the bound")
    assert [row[0] for row in around] == [str(n) for n in range(698, 706)]
    assert "keras ✗ DIVERGED : at step 700 of 1000 in a" in page.text
    allowed = {"keras": run("v2.py", trajectory({"a": theirs}))}
    page = page_of(result("p", run("v1.py", trajectory({"a": ours})), allowed, {"keras": 0.6}))
    around = page.table("p, keras: distance around the largest difference")
    assert "the largest difference is in a at step" in page.text
    assert max(float(row[2]) for row in around) == 0.5


def test_no_distance_is_infinite() -> None:
    ours, theirs = {"a": [0.0, 0.0, 1.0, 1.0]}, {"a": [0.0, 2.0, 1.5, 1.0]}
    runs = {"eager": run("v2.py", trajectory(theirs))}
    one = result("p", run("v1.py", trajectory(ours)), runs)
    wrong = (StepDistance(1, "a", float("inf"), 7, ("a",)),)
    forced = Forced((1, 2), (*wrong, StepDistance(2, "a", float("inf"), None, ("a",))))
    judgements = {"eager": replace(one.judgements["eager"], forced=forced)}
    page = page_of(replace(one, judgements=judgements))
    assert not re.search(r"\binf(inity)?\b", page.text)
    assert page.table("Variables of p: eager")[0][6:8] == ["step 1", "0.5"]
    rows = page.table("p, eager: distance around the first difference")
    assert rows[1][:3] == ["1", "a", "reference was 0"]
    wrong_steps = page.table("p, eager: steps that are wrong on their own")
    assert [row[2] for row in wrong_steps] == ["reference was 0", "not known"]
    assert "every step is wrong on its own" in page.text
    assert not any("inf" in line for line in explain(replace(one, judgements=judgements)))


def test_a_summary_for_somebody_who_was_not_there(diverged: Verification) -> None:
    text = page_of(diverged).text
    assert "The question was whether v2.py and v2f.py train exactly as v1.py does." in text
    assert "The answer is no: v2f.py differs at step 3 of 8, first in kernel." in text
    assert "DIVERGED : the program trains differently" in text
    alike = page_of(result("p", run("v1.py", reference()), {"new": run("new", reference())})).text
    assert "whether new trains exactly as v1.py does" in alike
    assert "The answer is yes, for this run of 8 steps." in alike
    assert "VACUOUS" not in alike
    failed = run("v1.py", None, "v1.py:1: SyntaxError")
    text = page_of(result("p", failed, {"eager": run("v2.py", reference())})).text
    assert "There is no answer, because a program failed" in text


def test_the_rewrite_is_shown(tmp_path: Path) -> None:
    script = tmp_path / "src" / "train.py"
    script.parent.mkdir()
    script.write_text(
        "a = 1\ntf.assign(v, x)\n" + "".join(f"b = {n}\n" for n in range(9)) + "c = 3\n" * 300
    )
    gone = RewrittenFile(tmp_path / "gone.py", b"", 1, 0, 0)
    after = b"a = 1\nv.assign(x)\n" + b"".join(b"b = %d\n" % n for n in range(9)) + b"d = 4\n" * 300
    files = (RewrittenFile(script, after, 1, 0, 0, ("2:1",)), gone)
    one = result("p", run("v1.py", reference()), {"rewritten": run("v1.py", reference())})
    page = page_of(replace(one, path=tmp_path, rewritten=files))
    assert "What is rewritten in src/train.py" in page.text
    assert "-tf.assign(v, x)" in page.text
    assert "+v.assign(x)" in page.text
    assert "411 more lines are not shown." in page.text
    assert "not proven, because never reached: 2:1" in page.text
    assert str(tmp_path) not in page.text


def test_the_page_says_of_no_place_where_it_is_on_the_machine(tmp_path: Path) -> None:
    folder = tmp_path / "my project"
    folder.mkdir()
    label = str(folder / "train.py")
    texts = {
        f'File "{label}", line 3': 'File "train.py", line 3',
        f"{folder}/sub/data.csv: no such file": "sub/data.csv: no such file",
        "/opt/env/lib/python3.7/site-packages/tensorflow/a.py:3": "site-packages/tensorflow/a.py:3",
        "in /home/somebody/data/x.csv": "in …/data/x.csv",
        "see https://example.org/a/b/c": "see https://example.org/a/b/c",
        "scope/inner/kernel:0 and a/b": "scope/inner/kernel:0 and a/b",
    }
    output = "\n".join(texts)
    script = Program(Path(label), label, cwd=tmp_path)
    ours = replace(run(label, reference()), program=script)
    theirs = replace(run(label, None, f"{label}:3: no", output), program=script)
    page = page_of(replace(result(label, ours, {"eager": theirs}), path=folder))
    for text in texts.values():
        assert text in page.text
    assert "Could not be run to its end: train.py" in page.text
    for one in (str(tmp_path), "/opt", "/home"):
        assert one not in page.text


def test_hints_and_failures_are_shown() -> None:
    one = result("p", run("v1.py", reference()), {"new": run("v2.py", with_mistake_from(3))})
    judgements = {"new": replace(one.judgements["new"], hints=("--drift 1", "--seeds own"))}
    text = page_of(replace(one, judgements=judgements)).text
    assert "the values differ Try: --drift 1 Try: --seeds own" in text
    failure = Failure((Frame(Site("v2.py", 3), "f", "1 / 0"),), None, "nothing")
    broken = replace(run("v2.py", None, "v2.py:3: ZeroDivisionError"), failure=failure)
    text = page_of(result("p", run("v1.py", reference()), {"new": broken})).text
    assert "The lines of the program that led there: v2.py:3 in f: 1 / 0 help: nothing" in text


def test_the_page_needs_nothing_else(diverged: Verification) -> None:
    page = page_of(diverged)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    for _, attributes in page.tags:
        assert not {"src", "srcset", "style", "action", "data"} & set(attributes)
        assert all(not name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    policy = next(a["content"] for _, a in page.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_does_harm(name: str) -> None:
    values = {name: [0.0, 1.0, 2.0]}
    wrong = trajectory({name: [0.0, 1.0, 3.0]}, machine=name, argv=[name], **{name: name})
    harmless = {"a": [0.0, 1.0, 2.0]}
    html = as_html(
        [
            result(name, run(name, trajectory(values)), {"eager": run(name, wrong)}, notes=(name,)),
            result("p", run("v1", trajectory(harmless)), {name: run(name, None, name, name)}),
        ],
        name,
        [name],
        1.0,
    )
    data = html.encode("utf-8")
    assert len(data) < 100_000
    for c in html:
        assert c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    clean = page_of(
        result("q", run("v1", trajectory(harmless)), {"eager": run("v2", wrong)}, notes=("n",)),
        result("p", run("v1", trajectory(harmless)), {"eager": run("v2", None, "e", "o")}),
    )
    assert {tag for tag, _ in Page(html).tags} <= {tag for tag, _ in clean.tags}
    assert {a for _, attributes in Page(html).tags for a in attributes} <= {
        a for _, attributes in clean.tags for a in attributes
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_does_harm_in_a_terminal(name: str) -> None:
    wrong = trajectory({name: [0.0, 1.0, 3.0]})
    runs = {"eager": run(name, wrong), "function": run(name, None, name)}
    one = result(name, run(name, trajectory({name: [0.0, 1.0, 2.0]})), runs, notes=(name,))
    table = Table("pattern", [one.name], ("eager", "function"))
    for line in (table.header(), table.row(one), *explain(one)):
        assert line.isprintable()
