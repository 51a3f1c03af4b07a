"""Event files, and what is the same in two of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.equivalence.outputs.summaries import SummaryComparison, compare_summaries
from migrate_vars.equivalence.running.event_file_reader import (
    Histogram,
    Summaries,
    Summary,
    read_summaries,
)
from tests.equivalence.outputs import events


def read(path: Path, *written: bytes) -> Summaries:
    return read_summaries([(str(path.parent), [events.write(path, *written)])])


def values(*found: tuple[int, float], tag: str = "loss", folder: str = "") -> Summaries:
    return Summaries(
        tuple(Summary(folder, tag, step, "scalar", float(value)) for step, value in found)
    )


def test_what_is_in_an_event_file(tmp_path: Path) -> None:
    found = read(
        tmp_path / "events.out.tfevents.1",
        events.event(1, events.scalar_v1("loss", 0.5), events.scalar_v2("accuracy", 0.25)),
        events.event(-1, events.scalar_v1("early", 2.0)),
        events.event(7, events.histogram_v1("w", 10, -1.0, 2.0)),
        events.event(7, events.histogram_v2("w", (-1.0, 0.5, 4), (0.5, 2.0, 6), (2.0, 3.0, 0))),
        events.event(8, events.text("words", "a", "b"), events.image_v1("x/image/0", b"png")),
        events.event(9, events.field(1, b"keras") + events.plugin("graph_keras_model")),
    )
    assert [(one.tag, one.step, one.kind, one.value) for one in found.values[:5]] == [
        ("loss", 1, "scalar", 0.5),
        ("accuracy", 1, "scalar", 0.25),
        ("early", -1, "scalar", 2.0),
        ("w", 7, "histogram", Histogram(10, -1.0, 2.0)),
        ("w", 7, "histogram", Histogram(10, -1.0, 2.0)),
    ]
    assert [(one.tag, one.step, one.kind) for one in found.values[5:]] == [
        ("words", 8, "text"),
        ("x/image/0", 8, "image"),
    ]
    assert not found.cut


def test_a_file_that_is_cut_off_or_damaged_gives_what_is_whole(tmp_path: Path) -> None:
    good = [events.event(step, events.scalar_v1("loss", step)) for step in range(3)]
    cut = read(tmp_path / "a.tfevents", *good, events.event(3, events.scalar_v1("loss", 3))[:-9])
    assert [one.step for one in cut.values] == [0, 1, 2]
    damaged = good[1][:12] + bytes([255]) * (len(good[1]) - 16) + bytes(4)
    found = read(tmp_path / "b.tfevents", good[0], damaged, good[2])
    assert [one.step for one in found.values if one.tag == "loss"] == [0, 2]
    assert read_summaries([(str(tmp_path), [str(tmp_path / "none")])]) == Summaries()


@given(st.binary(max_size=60))
def test_no_bytes_are_too_strange(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("events") / "x.tfevents"
    found = read(path, events.event(1, data, events.field(8, data)), data)
    assert isinstance(found, Summaries)


def test_folders_are_named_below_what_they_share(tmp_path: Path) -> None:
    files = [
        (
            str(tmp_path / "logs" / name),
            [events.write(tmp_path / "logs" / name / "e.tfevents", one)],
        )
        for name in ("train", "test")
        for one in [events.event(1, events.scalar_v1("loss", 1.0))]
    ]
    assert [one.folder for one in read_summaries(files).values] == ["train", "test"]
    assert [one.folder for one in read_summaries(files[:1]).values] == [""]


def test_both_forms_of_a_summary_are_alike(tmp_path: Path) -> None:
    old = read(
        tmp_path / "old.tfevents",
        events.event(1, events.scalar_v1("loss", 0.1), events.histogram_v1("w", 10, -1.0, 2.0)),
        events.event(1, events.image_v1("x/image/0", b"a"), events.image_v1("x/image/1", b"b")),
    )
    image = events.field(1, 7) + b"".join(events.field(8, s) for s in (b"2", b"2", b"other"))
    new = read(
        tmp_path / "new.tfevents",
        events.event(1, events.scalar_v2("loss", 0.1)),
        events.event(1, events.histogram_v2("w", (-1.0, 0.5, 4), (0.5, 2.0, 6))),
        events.event(1, events.field(1, b"x") + events.field(8, image) + events.plugin("images")),
    )
    found = compare_summaries(old, new)
    assert found == SummaryComparison(values=3)
    wrong = read(
        tmp_path / "wrong.tfevents",
        events.event(1, events.scalar_v2("loss", 0.1)),
        events.event(1, events.histogram_v2("w", (-1.0, 0.5, 4), (0.5, 2.0, 5))),
        events.event(1, events.field(1, b"x") + events.field(8, image) + events.plugin("images")),
    )
    (difference,) = compare_summaries(old, wrong).differing
    assert str(difference) == "'w' at step 1: 10 values of -1.0 to 2.0 / 9 values of -1.0 to 2.0"


def test_values_steps_and_tags_that_differ() -> None:
    ours = values((1, 0.5), (2, 0.25), (3, 0.125))
    assert compare_summaries(ours, ours).same
    assert compare_summaries(ours, ours).values == 3
    value = compare_summaries(ours, values((1, 0.5), (2, 0.75), (3, 0.125)))
    assert [str(one) for one in value.differing] == ["'loss' at step 2: 0.25 / 0.75"]
    later = compare_summaries(ours, values((0, 0.5), (1, 0.25), (2, 0.125)))
    assert (later.n_differing, later.values) == (0, 3)
    assert later.steps == (("loss", "3 steps 1 to 3", "3 steps 0 to 2"),)
    fewer = compare_summaries(ours, values((1, 0.5), (3, 0.125)))
    assert (fewer.n_differing, fewer.values) == (0, 2)
    assert fewer.steps == (("loss", "3 steps 1 to 3", "2 steps 1 to 3"),)
    tag = compare_summaries(ours, values((1, 0.5), tag="cost"))
    assert (tag.reference_only, tag.other_only) == ((("loss", 3),), (("cost", 1),))
    for found in (value, later, fewer, tag):
        assert not found.same
    assert not compare_summaries(ours, Summaries()).same
    assert compare_summaries(Summaries(), Summaries()).same


def test_drift_that_is_allowed_is_relative_to_the_largest_so_far() -> None:
    ours, theirs = values((1, 1.0), (2, 1e-6)), values((1, 1.0), (2, 1.5e-6))
    assert compare_summaries(ours, theirs).n_differing == 1
    assert compare_summaries(ours, theirs, allowed=1e-6).same
    assert not compare_summaries(ours, theirs, allowed=1e-7).same
    assert compare_summaries(values((1, float("nan"))), values((1, float("nan")))).same
    assert not compare_summaries(values((1, float("nan"))), values((1, 1.0)), allowed=1.0).same


def test_what_does_not_repeat_is_not_compared() -> None:
    ours, theirs = values((1, 0.5), tag="speed"), values((1, 0.7), tag="speed")
    assert compare_summaries(ours, theirs, (ours, values((1, 0.6), tag="speed"))).same
    assert not compare_summaries(ours, theirs, (ours, ours)).same
    rate = values((1, 0.5), tag="global_step/sec")
    assert compare_summaries(rate, values((1, 99.0), tag="global_step/sec")).same


def test_folders_of_other_names() -> None:
    ours = Summaries(values((1, 1.0), folder="train").values + values((1, 2.0), folder="a").values)
    theirs = Summaries(
        values((1, 1.0), folder="train").values + values((1, 2.0), folder="b").values
    )
    assert compare_summaries(ours, theirs).same
    mixed = Summaries(values((1, 2.0), folder="train").values + values((1, 1.0), folder="a").values)
    assert compare_summaries(ours, mixed).n_differing == 2


def test_a_tag_that_an_op_was_in_the_way_of() -> None:
    ours, theirs = values((1, 1.0), tag="loss_1"), values((1, 1.0), tag="loss")
    assert compare_summaries(ours, theirs).same
    assert not compare_summaries(ours, values((1, 2.0), tag="loss")).same
    assert not compare_summaries(theirs, ours).same
    both = Summaries(ours.values + values((1, 5.0), tag="loss").values)
    assert compare_summaries(both, theirs).reference_only == (("loss_1", 1),)
