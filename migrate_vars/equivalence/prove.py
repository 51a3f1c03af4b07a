"""Proves a rewrite by running a program before and after it, and gives up what fails the proof."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from migrate_vars.equivalence.judging.random_draws import drawing_like
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge, judge_reference
from migrate_vars.equivalence.reporting.description import place_of, printable
from migrate_vars.equivalence.reporting.status_line import StatusLine
from migrate_vars.equivalence.running.interpreters import Interpreter, InterpreterError
from migrate_vars.equivalence.running.programs import Program, Run, undisturbed
from migrate_vars.equivalence.script_lookup import ScriptError, find_program
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.trajectory.wording import counted
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.recorded_runs import RecordedEvidence
from migrate_vars.workspace.rewrite_command import Proof, ProofError, Prover
from migrate_vars.workspace.rewrite_file import rewrite_bytes

#: A rewritten call: its file as the user named it, and line and column of its finding.
Edit = tuple[str, int, int]

_NOTHING = "; nothing is proven, nothing was written"


def find_proof(command: str) -> Program:
    """The program that a command line stands for; it runs in the current folder.

    Args:
        command: A script, or ``-m`` and a module, and its arguments: ``train.py --steps 50``.

    Raises:
        ProofError: If there is no such script.
    """
    first, _, rest = command.strip().partition(" ")
    module = first == "-m"
    try:
        program = find_program(rest if module else command, module=module)
    except ScriptError as error:
        raise ProofError(f"--prove: {error}") from error
    return replace(program, label=command.strip(), races=True)


def prove(
    results: Sequence[FileResult],
    options: Options,
    program: Program,
    interpreter: Interpreter,
    progress: Callable[[str], None] = lambda text: None,
) -> Proof:
    """Finds out which rewritten calls a program trains with as before.

    The program is run twice as it is, which tells whether it repeats and what the receivers are,
    and then rewritten; where that fails, bisection finds the calls to give up.

    Args:
        results: What rewriting makes of each file, were it not for ``safe_only``.
        options: How to rewrite them; nothing is written.
        program: The program; files that it does not load prove nothing.
        interpreter: Runs it.
        progress: Called with what is going on, in words.

    Returns:
        The files with the calls that are kept. Of these, those that the program reached are proven.

    Raises:
        ProofError: If the program does not run to its end, trains nothing, does not repeat, or
            comes to none of the calls.
        InterpreterError: If the interpreter cannot run TensorFlow programs.
    """
    sources = {result.path: result.before for result in results if result.changed}
    final, reached, taken_back = _Files(sources, options).rewritten({}), set[Edit](), 0
    summary = "nothing to prove: no call is rewritten in a file that a program can load"
    if not all(map(_is_notebook, sources)):
        reference = _reference(program, interpreter, progress)
        assert reference.trajectory is not None
        run = {f"`{program.label}`": reference.trajectory}
        alone = _Files(sources, replace(options, evidence=RecordedEvidence(run))).rewritten({})
        reached = {_edit(f) for result in alone.values() for f in result.findings if f.reached}
        if not reached:
            raise ProofError(f"{program.label} never reaches a rewritten call{_NOTHING}")
        evidence = RecordedEvidence(run, options.evidence)
        files = _Files(sources, replace(options, evidence=evidence))
        wanted = _edits(final.values())
        edits = _edits(files.rewritten({}).values())
        given_up = bisect(edits, _Trials(files, edits, reference, progress))
        final = files.rewritten(given_up)
        kept = [edit for edit in edits if edit not in given_up]
        taken_back = len(set(wanted).difference(kept))
        summary = _summary(reference, len(reached.intersection(kept)), len(kept), taken_back)
    shown = [_with_unreached(final.get(r.path, r), program.label, reached) for r in results]
    return Proof(shown, taken_back, summary)


def _reference(program: Program, interpreter: Interpreter, progress: Callable[[str], None]) -> Run:
    """Runs a program twice; with random seeds of the recorder's, if it does not repeat without."""
    for one in (program, replace(program, align_seeds=True)):
        progress(f"running {program.label} twice")
        first = interpreter.run(one)
        unusable = judge_reference(first)
        if unusable is not None:
            advice = first.failure.advice if first.failure is not None else ""
            raise ProofError(f"{unusable.message}{advice and f'; {advice}'}{_NOTHING}")
        if one.align_seeds and first.trajectory is not None:
            first = replace(first, program=drawing_like(one, first.trajectory))
        second = first.again(label=f"{one.label} (again)")
        judgement = judge(first, second)
        if judgement.verdict is Verdict.IDENTICAL:
            return first
    raise ProofError(f"{program.label} is nondeterministic: {_why(judgement, first)}{_NOTHING}")


@dataclass(frozen=True)
class _Files:
    """The files that change, by their path, and what becomes of them with some calls kept back."""

    sources: Mapping[str, bytes]
    options: Options

    def rewritten(self, kept_back: Mapping[Edit, str]) -> dict[str, FileResult]:
        """Rewrites all calls but some, with the reason for each."""
        kept: dict[str, dict[tuple[int, int], str]] = {}
        for (path, line, column), why in kept_back.items():
            kept.setdefault(path, {})[line, column] = why
        options = replace(self.options, kept=kept)
        return {path: rewrite_bytes(source, path, options) for path, source in self.sources.items()}


@dataclass
class _Trials:
    """Runs the program with some calls rewritten, once for each set of them."""

    files: _Files
    edits: Sequence[Edit]
    reference: Run
    progress: Callable[[str], None]
    known: dict[frozenset[Edit], str] = field(default_factory=dict)

    def __call__(self, rewritten: frozenset[Edit]) -> str:
        """Says why the proof fails with these calls rewritten; "" where it does not."""
        if not rewritten:
            return ""
        if rewritten not in self.known:
            self.progress(f"running it with {len(rewritten)} of {len(self.edits)} calls rewritten")
            judgement = judge(self.reference, self._run(rewritten))
            passed = judgement.verdict is Verdict.IDENTICAL
            self.known[rewritten] = "" if passed else _why(judgement, self.reference)
        return self.known[rewritten]

    def _run(self, rewritten: frozenset[Edit]) -> Run:
        files = self.files.rewritten(dict.fromkeys(set(self.edits) - rewritten, ""))
        texts = {
            os.path.realpath(path): result.after for path, result in files.items() if result.changed
        }
        label = f"{self.reference.program.label} (rewritten)"
        return self.reference.again(label=label, texts=texts)


def bisect(edits: Sequence[Edit], probe: Callable[[frozenset[Edit]], str]) -> dict[Edit, str]:
    """Finds the calls to give up so that the proof succeeds, each with why it fails with them.

    One wrong call at a time: of the shortest beginning of the calls that fails, the last one.
    """
    kept = list(edits)
    given_up: list[Edit] = []
    good = 0  # the number of first calls that are known to do no harm together
    while probe(frozenset(kept)):
        bad = len(kept)
        while bad - good > 1:
            middle = (good + bad) // 2
            if probe(frozenset(kept[:middle])):
                bad = middle
            else:
                good = middle
        given_up.append(kept.pop(bad - 1))
    reasons: dict[Edit, str] = {}
    # A call that failed only together with one that is given up by now can be kept after all.
    for edit in given_up:
        if failure := probe(frozenset([*kept, edit])):
            reasons[edit] = f"with it, the proof fails: {failure}"
        else:
            kept.append(edit)
    return reasons


def _why(judgement: Judgement, reference: Run) -> str:
    """In one line, what is wrong with a run."""
    divergence = judgement.divergence
    if divergence is None or reference.trajectory is None:
        return printable(judgement.message)
    place = place_of(divergence, reference.trajectory.steps)
    variable = f" in {divergence.variable!r}" if divergence.variable is not None else ""
    distance = divergence.distance
    values = "" if distance is None else f" ({distance.reference} before, {distance.other} after)"
    return printable(f"training differs {place}{variable}: {judgement.message}{values}")


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb")


def _is_call(finding: Finding) -> bool:
    """Whether a finding is about a rewritten call, not about an import that is removed."""
    return finding.status is Status.REWRITTEN and finding.safety is not None


def _edit(finding: Finding) -> Edit:
    return finding.path, finding.line, finding.column


def _edits(results: Iterable[FileResult]) -> list[Edit]:
    """The calls that are rewritten in files that a program can load."""
    return [
        _edit(finding)
        for result in results
        for finding in result.findings
        if _is_call(finding) and not _is_notebook(finding.path)
    ]


def _with_unreached(result: FileResult, label: str, reached: Collection[Edit]) -> FileResult:
    """Says of each rewritten call whether the program came there, and so proved it."""
    findings = list(result.findings)
    for number, finding in enumerate(findings):
        if _is_call(finding) and _edit(finding) not in reached:
            never = f"`{label}` never reached this call"
            why = "" if finding.message.endswith(never) else f": {never}"
            message = f"{finding.message}; not proven{why}"
            findings[number] = finding._replace(message=message, reached=False)
    return replace(result, findings=tuple(findings))


def _summary(reference: Run, proven: int, kept: int, given_up: int) -> str:
    trajectory = reference.trajectory
    assert trajectory is not None
    parts = [f"{proven} of {kept} rewritten calls proven"]
    if kept > proven:
        parts.append(f"{kept - proven} never reached")
    if given_up:
        parts.append(f"{given_up} given up")
    seeds = ", with aligned seeds" if reference.program.align_seeds else ""
    return (
        f"proof: {reference.program.label} trains as before (TensorFlow "
        f"{trajectory.header.get('tensorflow')}, {counted(trajectory.steps, 'step')}, "
        f"{counted(len(trajectory.variables), 'variable')}{seeds}): {', '.join(parts)}"
    )


def prover(command: str, python: str, timeout: float) -> Prover:
    """What ``rewrite --prove`` does before it writes.

    Args:
        command: The program, see :func:`find_proof`.
        python: The interpreter that has TensorFlow, 1.15 or 2.
        timeout: Seconds after which a run is killed.

    Raises:
        ProofError: If there is no such script.
    """
    program = find_proof(command)

    def proven(results: Sequence[FileResult], options: Options) -> Proof:
        status = StatusLine(sys.stderr)
        try:
            with Interpreter(python, timeout) as interpreter, undisturbed(program) as alone:
                proof = prove(results, options, alone, interpreter, status.show)
            status.clear()
            for note in alone.leftovers.notes if alone.leftovers is not None else ():
                print(f"note: {printable(note)}", file=sys.stderr)
            return proof
        except InterpreterError as error:
            raise ProofError(f"{error}; nothing was written") from error
        finally:
            status.clear()

    return proven
