"""Proves ``rewrite --to compat``: the original under TensorFlow 1.15, the result under 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace

from migrate_vars.equivalence.judging.checks import NEW, REPEAT
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.prove import find_proof
from migrate_vars.equivalence.reporting.description import printable
from migrate_vars.equivalence.reporting.status_line import StatusLine
from migrate_vars.equivalence.running.interpreter_set import Interpreters, open_interpreters
from migrate_vars.equivalence.running.interpreters import InterpreterError
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.verify_scripts import Script, verify_script
from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_command import Proof, ProofError, Prover

_NOTHING = "; nothing is proven, nothing was written"


def prove_compat(
    results: Sequence[FileResult],
    program: Program,
    interpreters: Interpreters,
    progress: StatusLine | None = None,
) -> Proof:
    """Runs a program as it is under TensorFlow 1.15, and rewritten under TensorFlow 2.

    Args:
        results: What rewriting makes of each file; nothing is written.
        program: The program as it is; files that it does not load prove nothing.
        interpreters: ``v1`` has TensorFlow 1.15, ``v2`` TensorFlow 2.
        progress: Shows what is going on.

    Returns:
        The files as they were rewritten where the two train alike, but for the rounding of
        kernels; where they do not, as they were.

    Raises:
        ProofError: If a program does not run to its end, trains nothing, or does not repeat.
        InterpreterError: If an interpreter cannot run TensorFlow programs.
    """
    texts = {os.path.realpath(r.path): r.after for r in results if r.changed}
    if not any(path.endswith(".py") for path in texts):
        raise ProofError(f"nothing is rewritten in a file that {program.label} can load{_NOTHING}")
    result = replace(
        program, label=f"{program.label} (rewritten)", v1_view="never", texts=texts, source=None
    )
    script = Script(program, result)

    def show(finished: int, total: int, label: str) -> None:
        if progress is not None:
            progress.show(f"running {label} [{finished}/{total}]")

    verification = verify_script(script, interpreters, VerifyOptions(drift="rounding"), show)
    _check(verification)
    judgement = verification.judgements[NEW]
    loaded = {os.path.realpath(path) for path in verification.runs[NEW].sources}
    changed = [r for r in results if r.changed]
    if not any(os.path.realpath(r.path) in loaded for r in changed):
        raise ProofError(f"{program.label} loads no file that is rewritten{_NOTHING}")
    summary = _summary(verification, program.label, changed, loaded)
    if judgement.verdict.passed:
        marked = [
            _mark_loaded(r, program.label, os.path.realpath(r.path) in loaded) for r in results
        ]
        return Proof(marked, 0, f"{summary}; {_outcome(judgement)}")
    why = printable(f"the proof fails: {judgement.message}")
    kept = [_undone(r, why) for r in results]
    return Proof(kept, len(changed), f"{summary}: {_outcome(judgement)}; nothing was written")


def _check(verification: Verification) -> None:
    """Raises where there is no verdict on the rewritten program.

    Raises:
        ProofError: Always then; says why.
    """
    repeat = verification.judgements[REPEAT]
    if repeat.verdict is not Verdict.IDENTICAL:
        raise ProofError(f"under TensorFlow 1: {printable(repeat.message)}{_NOTHING}")
    new = verification.judgements[NEW]
    if new.verdict in (Verdict.ERROR, Verdict.VACUOUS, Verdict.UNDEFINED):
        raise ProofError(f"{printable(new.message)}{_NOTHING}")


def _summary(
    verification: Verification, label: str, changed: Sequence[FileResult], loaded: set[str]
) -> str:
    old = verification.reference.trajectory
    new = verification.runs[NEW].trajectory
    assert old is not None
    assert new is not None
    releases = f"{old.header.get('tensorflow')} and {new.header.get('tensorflow')}"
    reached = sum(os.path.realpath(result.path) in loaded for result in changed)
    return (
        f"proof: {label} (TensorFlow {releases}, {old.steps} steps, {len(old.variables)} "
        f"variables, {reached} of {len(changed)} rewritten files)"
    )


def _outcome(judgement: Judgement) -> str:
    if judgement.verdict is Verdict.IDENTICAL:
        return "trains identically"
    if judgement.verdict.passed:
        figure = f" ({judgement.rounding.figure})" if judgement.rounding is not None else ""
        return f"trains as before but for rounding{figure}"
    return printable(f"{judgement.verdict.value}: {judgement.message}")


def _mark_loaded(result: FileResult, label: str, loaded: bool) -> FileResult:
    """Says of each rewritten place whether the program loaded its file."""

    def mark(finding: Finding) -> Finding:
        if finding.status is not Status.REWRITTEN:
            return finding
        if loaded:
            return finding._replace(reached=True)
        never = f"{finding.message}; not proven: `{label}` does not load this file"
        return finding._replace(message=never, reached=False)

    return replace(result, findings=tuple(map(mark, result.findings)))


def _undone(result: FileResult, why: str) -> FileResult:
    """Returns a file as it was, and says why."""

    def left(finding: Finding) -> Finding:
        if finding.status is not Status.REWRITTEN:
            return finding
        return finding._replace(
            code="MV906",
            message=f"left alone: {why}",
            status=Status.LEFT,
            safety=Safety.REFUSED,
            fix=(),
        )

    return FileResult(result.path, tuple(map(left, result.findings)), entry=result.entry)


def prover(command: str, python: str, tf1_python: str | None, timeout: float) -> Prover:
    """What ``rewrite --to compat --prove`` does before it writes.

    Args:
        command: The program, as in ``train.py --steps 50``.
        python: The interpreter that has TensorFlow 2.
        tf1_python: The interpreter that has TensorFlow 1.15.
        timeout: Seconds after which a run is killed.

    Raises:
        ProofError: If there is no such script, or no interpreter with TensorFlow 1.15.
    """
    if tf1_python is None:
        raise ProofError(
            "--prove with --to compat needs an interpreter with TensorFlow 1.15: --tf1-python; "
            "migrate-vars oracle create makes one"
        )
    program = find_proof(command)
    how_to_run = VerifyOptions(python=python, v1_python=tf1_python, timeout=timeout)

    def proven(results: Sequence[FileResult], options: Options) -> Proof:
        status = StatusLine(sys.stderr)
        try:
            with open_interpreters(how_to_run) as interpreters:
                return prove_compat(results, program, interpreters, status)
        except InterpreterError as error:
            raise ProofError(f"{error}; nothing was written") from error
        finally:
            status.clear()

    return proven
