"""How the outputs of two programs differ, as rows of a name and what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from migrate_vars.equivalence.outputs.fetched import FetchComparison
from migrate_vars.equivalence.outputs.printed import PrintedComparison
from migrate_vars.equivalence.outputs.summaries import SummaryComparison
from migrate_vars.trajectory.wording import counted


class Row(NamedTuple):
    """One difference.

    Attributes:
        kind: Differences of one kind are counted together.
        name: What differs.
        text: How.
    """

    kind: str
    name: str
    text: str


Labels = tuple[str, str]


def rows_of(
    printed: PrintedComparison,
    summaries: SummaryComparison,
    fetched: FetchComparison,
    labels: Labels,
) -> Iterator[Row]:
    """The first differences of each kind.

    Args:
        printed: How what two programs print compares.
        summaries: How what they summarise does.
        fetched: How what they take out of TensorFlow does.
        labels: What to call the reference and the other program.
    """
    yield from _printed(printed, labels)
    yield from _summarised(summaries, labels)
    yield from _fetched(fetched, labels)


def _printed(found: PrintedComparison, labels: Labels) -> Iterator[Row]:
    for each in found.differing:
        sides = (
            f"{each.reference} in line {each.lines[0]}",
            f"{each.other} in line {each.lines[1]}",
        )
        yield Row("numbers", each.label or "number", _both(sides, labels))
    for line, text, line_there, text_there in found.reworded:
        sides = (f"line {line}: {_quoted(text)}", f"line {line_there}: {_quoted(text_there)}")
        yield Row("words", "different wording", _both(sides, labels))
    for label, lines in zip(labels, (found.reference_only, found.other_only), strict=True):
        for line, text in lines:
            yield Row(f"only {label}", f"only {label}", f"line {line}: {_quoted(text)}")


def _summarised(found: SummaryComparison, labels: Labels) -> Iterator[Row]:
    for each in found.differing:
        sides = (f"{each.reference} at step {each.step}", each.other)
        yield Row("summaries", f"summary {each.tag}", _both(sides, labels))
    for tag, ours, theirs in found.steps:
        yield Row("steps", f"summary {tag}", _both((ours, theirs), labels))
    for label, tags in zip(labels, (found.reference_only, found.other_only), strict=True):
        for tag, count in tags:
            text = f"{counted(count, 'value')} written by {label} only"
            yield Row(f"tags {label}", f"summary {tag}", text)


def _fetched(found: FetchComparison, labels: Labels) -> Iterator[Row]:
    for each in found.differing:
        shown = f", {each.reference} / {each.other}" if each.reference != each.other else ""
        text = f"{each.differing} of {each.values} values differ, first at step {each.step}{shown}"
        places = _both(each.sites, labels)
        yield Row("fetched", f"fetched {each.label}", f"{text}; fetched at {places}")


def _both(sides: tuple[str, str], labels: Labels) -> str:
    """What there is on both sides."""
    (ours, theirs), (reference, other) = sides, labels
    return f"{ours} of {reference}, {theirs} of {other}"


def _quoted(text: str, width: int = 100) -> str:
    text = " ".join(text.split())
    return repr(text if len(text) <= width else text[: width - 3] + "...")
