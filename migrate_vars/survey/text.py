"""The survey as text for a terminal."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence

from migrate_vars.findings.colour import BOLD, painted
from migrate_vars.findings.run_summary import counted
from migrate_vars.findings.text import shown_path
from migrate_vars.survey.baseline import Changes
from migrate_vars.survey.constructs import STATE_OPS, TITLES
from migrate_vars.survey.programs import Program
from migrate_vars.survey.rungs import LADDER, MEANING, Rung
from migrate_vars.survey.survey import Survey, Totals

_SHOWN = 15
"""So many rows of each table; ``--verbose`` shows all."""


class TextSurvey:
    """Writes a survey as text.

    Args:
        survey: The survey.
        width: How wide the terminal is.
        verbose: Whether to leave nothing out.
        colour: Whether to use colours.
    """

    def __init__(self, survey: Survey, width: int, *, verbose: bool, colour: bool) -> None:
        self.survey = survey
        self.width = max(width, 60)
        self.verbose = verbose
        self.colour = colour

    def text(self, changes: Changes | None = None) -> str:
        """Return everything.

        Args:
            changes: What changed since a baseline, if there is one.
        """
        parts = [self._head(), self._constructs(), self._folders(), self._programs()]
        parts += [self._obstacles(), self._eager(), self._order(), self._gaps()]
        if changes is not None:
            parts.append(self.changes(changes))
        return "\n".join(part for part in parts if part)

    def changes(self, changes: Changes) -> str:
        """Return what changed since a baseline."""
        lines = [f"worse: {line}" for line in changes.worse]
        lines += [f"better: {line}" for line in changes.better]
        if not lines:
            lines = ["nothing has changed"]
        elif not changes.worse:
            lines.append("nothing slid back; --write-baseline keeps what came on")
        return self._section("Since the baseline", lines, whole=True)

    # The parts

    def _head(self) -> str:
        totals = self.survey.totals
        kinds = [counted(totals.notebooks, "notebook") if totals.notebooks else ""]
        kinds += [f"{totals.python_2} in Python 2, not read" if totals.python_2 else ""]
        kinds += [f"{totals.not_understood} not understood" if totals.not_understood else ""]
        extra = "".join(f", {kind}" for kind in kinds if kind)
        return (
            textwrap.fill(
                f"{counted(totals.files, 'file')}, {totals.tensorflow} with TensorFlow{extra}; "
                f"{counted(len(self.survey.programs), 'program')}, "
                f"{counted(len(self.survey.tests), 'test')}",
                self.width,
            )
            + "\n"
        )

    def _constructs(self) -> str:
        totals = self.survey.totals
        files = {
            key: sum(bool(f.total(key) or (key == STATE_OPS and f.state_ops)) for f in
                     self.survey.files)
            for key in TITLES
        }  # fmt: skip
        rows = [
            (title, str(totals.counts[key]), str(files[key]), _detail(totals, key))
            for key, title in TITLES.items()
            if totals.counts[key]
        ]
        return self._table("What is used", ("", "uses", "files", "most of it"), rows)

    def _folders(self) -> str:
        folders = self.survey.folders
        if len(folders) < 2:
            return ""
        top = min(path.count("/") for path in folders)
        rows = [
            (
                shown_path(path),
                str(totals.tensorflow),
                *(str(totals.rungs[rung] or "") for rung in (*LADDER, Rung.UNKNOWN)),
                *(str(totals.counts[key] or "") for key in ("sessions", "contrib", STATE_OPS)),
            )
            for path, totals in folders.items()
            if totals.tensorflow and (self.verbose or path.count("/") <= top + 1)
        ]
        names = ("", "files", *(r.value for r in LADDER), "?", "sessions", "contrib", "ops")
        return self._table("Folders, with their files on each rung", names, rows)

    def _programs(self) -> str:
        lines = []
        for rung in (*LADDER, Rung.UNKNOWN):
            here = [p for p in self.survey.programs if p.rung is rung]
            if here:
                lines.append(f"{len(here):>5} on {rung.value}: {MEANING[rung]}")
                lines += [f"        {line}" for line in _reached(here)]
        return self._section("Programs", lines, whole=True)

    def _obstacles(self) -> str:
        rows = [
            (
                str(len(one.freed)),
                str(len(one.programs)),
                str(one.places),
                one.rung.value,
                f"{one.what} ({', '.join(one.codes)})",
            )
            for one in self.survey.obstructions
        ]
        names = ("frees", "blocks", "places", "way to", "support for this would free programs")
        return self._table("What stands in the way", names, rows)

    def _eager(self) -> str:
        needs = self.survey.eager_needs
        if not needs:
            return ""
        lines = ["There is no command yet that takes sessions out. It would have to support:"]
        lines += [
            f"{number:>5} {'program' if number == 1 else 'programs'}  {TITLES[key]}"
            for key, number in needs.most_common()
        ]
        return self._section("Towards eager", lines)

    def _order(self) -> str:
        rows = [
            (str(task.step), str(task.programs), ", ".join(map(shown_path, task.files)))
            for task in self.survey.tasks
        ]
        names = ("step", "programs", "files; what they import has an earlier step")
        return self._table("Order of work", names, rows)

    def _gaps(self) -> str:
        lines = []
        for file in self.survey.not_understood:
            for gap in file.gaps:
                cell = "" if gap.cell is None else f"cell {gap.cell}:"
                lines.append(f"{shown_path(file.path)}:{cell}{gap.line}: {gap.why}")
        return self._section("Not understood: nothing is known of what these hold", lines)

    # How it is written

    def _section(self, title: str, lines: Sequence[str], *, whole: bool = False) -> str:
        if not lines:
            return ""
        shown = lines if self.verbose or whole else lines[:_SHOWN]
        more = len(lines) - len(shown)
        rest = [f"... {more} more; --verbose shows all"] if more else []
        return "\n".join([self._title(title), *shown, *rest, ""])

    def _table(self, title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        if not rows:
            return ""
        shown = rows if self.verbose else rows[:_SHOWN]
        lines = list(_laid_out([names, *shown], self.width))
        more = len(rows) - len(shown)
        rest = [f"... {more} more; --verbose shows all"] if more else []
        return "\n".join([self._title(title), *lines, *rest, ""])

    def _title(self, title: str) -> str:
        return painted(title, BOLD if self.colour else "")


def _laid_out(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Yield rows as lines with columns; what is too wide for the terminal is cut."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    numbers = [all(cell.isdigit() or not cell for cell in column[1:]) for column in columns]
    words = [i for i, number in enumerate(numbers) if not number]
    while sum(widths) + 2 * (len(widths) - 1) > width and words:
        widest = max(words, key=lambda i: widths[i])
        if widths[widest] <= 12:
            break
        widths[widest] -= 1
    for row in rows:
        cells = (
            _cut(cell, size).rjust(size) if number else _cut(cell, size).ljust(size)
            for cell, size, number in zip(row, widths, numbers, strict=True)
        )
        yield "  ".join(cells).rstrip()


def _cut(text: str, width: int) -> str:
    """Return a text that is no wider; the end of a path tells more than its beginning."""
    if len(text) <= width:
        return text
    keep = width - 3
    if "/" in text and " " not in text:
        return "..." + text[len(text) - keep :]
    return text[:keep] + "..."


def _detail(totals: Totals, key: str) -> str:
    if key == STATE_OPS:
        safeties = ("safe", "assumed", "refused", "ignored")
        counts = {s: sum(n for (_, one), n in totals.state_ops.items() if one == s)
                  for s in safeties}  # fmt: skip
        return ", ".join(f"{number} {safety}" for safety, number in counts.items() if number)
    common = totals.symbols[key].most_common(3)
    return ", ".join(f"{symbol} {number}" for symbol, number in common)


def _reached(programs: Sequence[Program]) -> list[str]:
    """Return how many programs of a rung can reach which, and by which commands."""
    found = Counter((program.reach, program.commands) for program in programs)
    lines = []
    for (reach, commands), number in found.most_common():
        if commands:
            lines.append(f"{number} can reach {reach.value}: {', then '.join(commands)}")
        elif reach in (Rung.V1, Rung.COMPAT):
            lines.append(f"{number} need work first: see below")
        elif reach is Rung.METHODS:
            lines.append(f"{number} wait for a command that leads to eager")
    return lines
