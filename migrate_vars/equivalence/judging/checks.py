"""What is compared with what, and what came out of it: the same for patterns and for scripts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.race_wording import notes as race_notes
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge, judge_reference
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile
from migrate_vars.equivalence.running.wording import some
from migrate_vars.trajectory.mapping import NO_WISHES, Wishes
from migrate_vars.trajectory.mapping import Mapping as VariableMapping

#: Name of the link between the two runs of the v1 program, under TensorFlow 1 and 2.
ORACLE = "TF 1"
#: Name of the link between two runs of the same program in the same interpreter.
REPEAT = "repeat"
REWRITTEN = "rewritten"
#: Names of the links between a script and its migration, as it is and with functions run eagerly.
NEW = "new"
NEW_EAGER = "new, eagerly"


@dataclass(frozen=True)
class Link:
    """One comparison: the reference against another run.

    Attributes:
        name: What it is called in reports. Under ``ORACLE`` the other run is the one that is taken
            to be right.
        program: What the other run is a run of.
        bound: The drift allowed, or None for identical bits.
        wishes: What the user says of the variables.
        rounding: Whether the two may differ by rounding, too.
    """

    name: str
    program: Program
    bound: float | None = None
    wishes: Wishes = NO_WISHES
    rounding: bool = False

    @property
    def judges_rounding(self) -> bool:
        """Whether what differs is to be judged by what rounding makes of the reference."""
        return self.rounding and self.bound is None

    def judge(self, reference: Run, other: Run) -> Judgement:
        """Judges two runs as this link asks."""
        return judge(reference, other, self.bound, self.wishes, self.judges_rounding)


#: How far a program may drift: a bound, "rounding", or None for what is so by default.
Drift = float | Literal["rounding"] | None


def allow(link: Link, drift: Drift) -> Link:
    """The link, with at least that much drift allowed."""
    if drift is None:
        return link
    if drift == "rounding":
        return replace(link, rounding=True)
    return replace(link, bound=max(link.bound or 0.0, drift))


@dataclass(frozen=True)
class Verification:
    """What came out of verifying a pattern or a script.

    Attributes:
        name: Of a pattern its name, of a script what was asked for.
        path: The pattern's folder, or the folder that the script's sites are relative to.
        reference: Run of the program that all others are compared with.
        judgements: By name of the link ("TF 1", "repeat", "rewritten", "eager", "function",
            "keras", "new"), in the order of the columns. "TF 1" judges the reference itself
            against the oracle's run of it.
        runs: The runs that were judged, by name of the link.
        notes: What a reader should know besides, in words.
        rewritten: The files that were rewritten for the link of that name.
        outputs: By name of the link, how what the programs print and summarise compares, where
            they train alike.
        compare_output: Whether a difference there counts.
    """

    name: str
    path: Path
    reference: Run
    judgements: Mapping[str, Judgement]
    runs: Mapping[str, Run]
    notes: tuple[str, ...] = ()
    rewritten: tuple[RewrittenFile, ...] = ()
    outputs: Mapping[str, OutputComparison] = field(default_factory=dict)
    compare_output: bool = False

    @property
    def steps(self) -> int:
        """How many steps the reference takes."""
        trajectory = self.reference.trajectory
        return 0 if trajectory is None else trajectory.steps

    def sides(self, link: str) -> tuple[Run, Run]:
        """The two runs that a verdict is about, the one that is taken to be right first."""
        right, checked = self.reference, self.runs[link]
        if link == ORACLE:
            right, checked = checked, right
        return right, right if self.judgements[link].again else checked

    def failed_run(self, link: str) -> Run | None:
        """The run because of which a link's verdict is an error, or None."""
        judgement = self.judgements[link]
        if judgement.verdict is not Verdict.ERROR:
            return None
        failed = [run for run in (self.reference, self.runs[link]) if run.error]
        return next(
            (run for run in failed if judgement.message.startswith(run.program.label)), None
        )

    @property
    def passed(self) -> bool:
        """Whether every program trains like the reference, and gives the same if it has to."""
        return self.trains_alike and not any(map(self.fails_by_output, self.outputs))

    @property
    def trains_alike(self) -> bool:
        """Whether every program trains like the reference."""
        return all(judgement.verdict.passed for judgement in self.judgements.values())

    def fails_by_output(self, link: str) -> bool:
        """Whether a program that trains alike fails because of what it prints or summarises."""
        return self.compare_output and link in self.outputs and not self.outputs[link].same

    @property
    def failed_to_run(self) -> bool:
        """Whether a program could not be run to its end."""
        return any(j.verdict is Verdict.ERROR for j in self.judgements.values())


def compared_versions(results: Sequence[Verification]) -> list[str]:
    """The TensorFlow releases under which runs were compared, the oldest first."""
    found: set[str] = set()
    for result in results:
        for link, judgement in result.judgements.items():
            if judgement.comparison is not None:
                runs = [run.trajectory for run in result.sides(link) if run.trajectory is not None]
                found.update(str(one.header.get("tensorflow", "")) for one in runs)
    return sorted(found - {""}, key=_release)


def _release(version: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", version)]


def judge_links(
    reference: Run, links: Sequence[Link], runs: Mapping[str, Run]
) -> dict[str, Judgement]:
    """Judges runs against a reference.

    Args:
        reference: The run that all others are compared with.
        links: The comparisons to make.
        runs: The other runs, by name of the link.

    Returns:
        The judgements by name of the link, the oracle's first.

    Raises:
        MappingError: If a link's wishes do not fit the programs.
    """
    unusable = judge_reference(reference)
    judgements: dict[str, Judgement] = {}
    for link in sorted(links, key=lambda link: link.name != ORACLE):
        run = runs[link.name]
        if link.name == ORACLE:
            sides = run, reference
            found = judge_reference(run) or unusable or link.judge(*sides)
        else:
            sides = reference, run
            found = unusable or link.judge(*sides)
        if not link.judges_rounding:  # what races excuse is seen only when rounding has been
            found = excuse(*sides, found)
        if link.name == REPEAT and found.verdict is Verdict.DIVERGED:
            found = _undefined(reference, found)
        judgements[link.name] = found
    return judgements


def blame_reference(reference: Run, judgements: Mapping[str, Judgement]) -> dict[str, Judgement]:
    """Runs a reference again before a divergence is blamed on the migration."""
    if all(judgement.verdict is not Verdict.DIVERGED for judgement in judgements.values()):
        return dict(judgements)
    again = judge(reference, reference.again())
    if again.verdict is Verdict.IDENTICAL:
        return dict(judgements)
    undefined = replace(_undefined(reference, again), again=True)
    return {
        name: undefined if judgement.verdict is Verdict.DIVERGED else judgement
        for name, judgement in judgements.items()
    }


def collect_notes(
    reference: Run, judgements: Mapping[str, Judgement], runs: Mapping[str, Run]
) -> list[str]:
    """What to say besides.

    That is what the recorder says of the runs, where the reference races, and which variables are
    paired without good reason.
    """
    notes: dict[str, str] = {}
    for run in (reference, *runs.values()):
        notes.update({note: note for note in run.program.notes})
        for warning in run.trajectory.warnings if run.trajectory is not None else ():
            # A program has the same to say in each of its runs.
            notes.setdefault(warning, f"{run.program.label}: {warning}")
    found = [*notes.values(), *race_notes(reference)]
    for name, judgement in judgements.items():
        if judgement.verdict is Verdict.ROUNDING:
            found.append(f"{name} differs by rounding: {judgement.rounding}")
        found += judgement.notes
        if judgement.comparison is not None and judgement.bound is None:
            found += [
                f"{pair.reference!r} was compared with {pair.other!r} because of their order only"
                for pair in judgement.comparison.mapping.uncertain
            ]
    return list(dict.fromkeys(found))


def describe_pairs(mapping: VariableMapping) -> str:
    """How the variables were paired, in one line; "" where all have the same names."""
    found: dict[str, list[str]] = {}
    for pair in mapping.pairs:
        found.setdefault(pair.how, []).append(f"{pair.reference} = {pair.other}")
    same = found.pop("name", [])
    parts = [f"{len(same)} by name"] * bool(same)
    parts += [f"{len(pairs)} by {how} ({some(pairs)})" for how, pairs in found.items()]
    return "variables paired: " + ", ".join(parts).replace("by given", "given") if found else ""


def _undefined(reference: Run, again: Judgement) -> Judgement:
    message = f"{reference.program.label} does not repeat: {again.message}"
    return Judgement(Verdict.UNDEFINED, message, again.comparison, again.divergence)
