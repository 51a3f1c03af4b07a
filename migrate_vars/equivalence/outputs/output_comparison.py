"""How the outputs of two programs compare: what they print, summarise and fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from migrate_vars.equivalence.outputs.difference_rows import rows_of
from migrate_vars.equivalence.outputs.fetched import FetchComparison
from migrate_vars.equivalence.outputs.printed import PrintedComparison
from migrate_vars.equivalence.outputs.summaries import SummaryComparison
from migrate_vars.trajectory.wording import counted

_SHOWN = 3


@dataclass(frozen=True)
class OutputComparison:
    """How the outputs of two programs compare.

    Attributes:
        printed: What they print on standard output.
        summaries: What they summarise in event files.
        fetched: What they take out of TensorFlow, if that is the same to the bit.
        labels: What to call the reference and the other program.
    """

    printed: PrintedComparison
    summaries: SummaryComparison
    fetched: FetchComparison
    labels: tuple[str, str]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return self.printed.same and self.summaries.same and self.fetched.same

    def says_the_same_as(self, other: OutputComparison) -> bool:
        """Whether all but what to call the programs is the same."""
        return replace(self, labels=other.labels) == other

    @property
    def headline(self) -> str:
        """What differs, in one line; where nothing does, what was compared."""
        parts = [*self._printed(), *self._summarised(), *self._fetched()]
        return "; ".join(parts) or "nothing was printed or summarised"

    def _printed(self) -> Iterator[str]:
        found = self.printed
        if found.n_differing:
            first = f", first {found.differing[0]}"
            last = ", in their last digits only" if found.rounding else ""
            numbers = counted(found.numbers, "printed number")
            yield f"{found.n_differing} of {numbers} differ{last}{first}"
        if found.n_reworded:
            yield f"{counted(found.n_reworded, 'line')} printed with different wording"
        for label, number in zip(
            self.labels, (found.n_reference_only, found.n_other_only), strict=True
        ):
            if number:
                yield f"{counted(number, 'line')} printed by {label} only"
        if found.same and found.numbers:
            yield f"{counted(found.numbers, 'printed number')} the same"
        if found.cut:
            yield "more was printed than was compared"

    def _summarised(self) -> Iterator[str]:
        found = self.summaries
        if found.n_differing:
            values = counted(found.values, "summarised value")
            yield f"{found.n_differing} of {values} differ, first {found.differing[0]}"
        if found.steps:
            yield f"{counted(len(found.steps), 'summary')} at different steps"
        for label, tags in zip(self.labels, (found.reference_only, found.other_only), strict=True):
            if tags:
                yield f"{counted(len(tags), 'summary')} written by {label} only"
        if found.same and found.values:
            yield f"{counted(found.values, 'summarised value')} the same"
        if found.cut:
            yield "more was summarised than was compared"

    def _fetched(self) -> Iterator[str]:
        found = self.fetched
        if found.differing:
            fetched = counted(found.found + found.not_found, "fetched tensor")
            yield f"{len(found.differing)} of {fetched} differ, first {found.differing[0]}"
        elif found.found:
            yield f"{counted(found.values, 'fetched value')} the same"

    def rows(self, shown: int = _SHOWN) -> list[tuple[str, str]]:
        """The first differences of each kind, as a name and what it is.

        Args:
            shown: How many of a kind.
        """
        counts: dict[str, int] = {}
        found: list[tuple[str, str]] = []
        for kind, name, text in rows_of(self.printed, self.summaries, self.fetched, self.labels):
            counts[kind] = counts.get(kind, 0) + 1
            if counts[kind] <= shown:
                found.append((name, text))
        return found


def group(outputs: Mapping[str, OutputComparison]) -> list[tuple[str, OutputComparison]]:
    """The comparisons that differ from each other, each with the names of its links."""
    found: list[tuple[list[str], OutputComparison]] = []
    for name, one in outputs.items():
        same = next((names for names, other in found if other.says_the_same_as(one)), None)
        if same is None:
            found.append(([name], one))
        else:
            same.append(name)
    return [(", ".join(names), one) for names, one in found]
