"""What ``migrate-vars rewrite`` does, from paths to exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from migrate_vars.findings.colour import wants_colour
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.findings.report import Report
from migrate_vars.findings.run_summary import Summary, counted
from migrate_vars.findings.text import TextReport, shown_path
from migrate_vars.workspace import configuration
from migrate_vars.workspace.baseline import Baseline, BaselineError, as_baseline
from migrate_vars.workspace.configuration import (
    Configuration,
    ConfigurationError,
    checked_codes,
    checked_modules,
)
from migrate_vars.workspace.discovery import python_files
from migrate_vars.workspace.exclusion import checked_globs
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.needs import Library, packages
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.progress import with_progress
from migrate_vars.workspace.project import options_of, selection_of
from migrate_vars.workspace.rewrite_file import rewrite_bytes
from migrate_vars.workspace.rewrite_files import rewrite_paths, write_all
from migrate_vars.workspace.rules import COMPAT, all_rules


class CommandLine(NamedTuple):
    """The options given; where one is None or empty, the configuration decides."""

    paths: Sequence[str]
    diff: bool = False
    check: bool = False
    safe: bool | None = None
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    exclude: Sequence[str] = ()
    extend_exclude: Sequence[str] = ()
    force_exclude: bool | None = None
    respect_gitignore: bool | None = None
    tf_modules: Sequence[str] = ()
    evidence: Sequence[str] = ()
    jobs: int | None = None
    output_format: str | None = None
    statistics: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool | None = None
    stdin_filename: str = "<stdin>"
    config: str | None = None
    isolated: bool = False
    to: str | None = None
    fail_on_left: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None

    @property
    def writes(self) -> bool:
        """Whether what is rewritten is also written."""
        return not (self.diff or self.check)


class ProofError(Exception):
    """Nothing can be proven, so nothing is written; the message says why in one line."""


class Proof(NamedTuple):
    """What is left of a rewrite once it is proven.

    Attributes:
        results: The files, with the rewrites that are kept.
        reverted: How many calls are not rewritten because the proof fails with them.
        said: What was proven, in one line.
    """

    results: Sequence[FileResult]
    reverted: int
    said: str


Prover = Callable[[Sequence[FileResult], Options], Proof]


def rewrite(
    line: CommandLine, provers: Mapping[str, Callable[[], Prover]] = MappingProxyType({})
) -> int:
    """Rewrite, print the findings, and return the exit code.

    Args:
        line: The options given.
        provers: By rung, makes what finds out which of the rewrites to keep, before anything is
            written; without any, all are kept.

    Raises:
        ConfigurationError: The configuration or the options cannot be used.
        ProofError: The prover could not prove anything; nothing was written.
    """
    # What a file is called need not be text, nor text that this terminal can show.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    return _Run(line, provers).run()


class _Run:
    """One run of the command."""

    def __init__(self, line: CommandLine, provers: Mapping[str, Callable[[], Prover]]) -> None:
        self.line = line
        self.proof: Proof | None = None
        self.from_stdin = tuple(line.paths) == ("-",)
        if self.from_stdin and provers:
            raise ConfigurationError("--prove needs files, not standard input")
        if "-" in line.paths and not self.from_stdin:
            raise ConfigurationError("'-' cannot be combined with other paths")
        if line.config is not None and line.isolated:
            raise ConfigurationError("--config and --isolated cannot be combined")
        if not line.check and (line.fail_on_left or line.baseline or line.write_baseline):
            raise ConfigurationError("--fail-on-left and baselines need --check")
        try:
            self.baseline = None if line.baseline is None else Baseline.read(line.baseline)
        except BaselineError as error:
            raise ConfigurationError(str(error)) from error
        settings = settings_of(line)
        self.prover = provers[settings.to]() if provers else None
        self.selection = selection_of(settings)
        self.options = replace(
            options_of(settings, {name: name for name in line.evidence} or settings.runs),
            write=line.writes and not self.from_stdin and self.prover is None,
        )
        # The result, or the diff, has standard output to itself, so that it can be piped on.
        to_stderr = line.diff or (self.from_stdin and not line.check)
        self.stream = sys.stderr if to_stderr else sys.stdout
        self.report = _report(settings.output_format, line, wants_colour(self.stream, line.color))
        if line.verbose:
            shown = shown_path(settings.path) if settings.path else "none"
            print(f"configuration: {shown}", file=sys.stderr)

    def run(self) -> int:
        line = self.line
        summary = Summary()
        library = Library() if self.options.rung == COMPAT else None
        if library is not None:
            summary = Summary(needs=set(), noun="place")
        results = self._results()
        found: list[Finding] = []
        self._print(self.report.begin())
        for result in results:
            if line.write_baseline is not None:
                found += result.findings
            if self.baseline is not None:
                result = self._without_known(result, self.baseline)
            summary.add(result.findings, changed=result.changed)
            if library is not None:
                library.add(result)
            if line.verbose:
                print(f"{shown_path(result.path)}: {_outcome(result)}", file=sys.stderr)
            if line.diff and result.changed:
                self._show(result)
            if result.findings:
                self._print(self.report.add(result.findings))
        if library is not None:
            summary.needs = packages(library.needs)
            said = library.findings(self.options)
            if said:
                summary.add_findings(said)
                self._print(self.report.add(said))
        self._print(self.report.end(summary))
        if not summary.files and not line.quiet:
            where = ", ".join(map(shown_path, line.paths))
            left_out = "; hidden, excluded and ignored ones are left out" if line.paths else ""
            print(f"warning: no .py or .ipynb file in {where}{left_out}", file=sys.stderr)
        self.stream.flush()
        if self.proof is not None and not line.quiet:
            print(self.proof.said, file=sys.stderr)
        if line.write_baseline is not None:
            self._write_baseline(found, line.write_baseline)
        if self.baseline is not None and self.baseline.gone and not line.quiet:
            print(
                f"{self.baseline.gone} of the findings in {shown_path(str(line.baseline))} are "
                "gone: write it again with --write-baseline",
                file=sys.stderr,
            )
        if summary.errors:
            return 2
        if line.fail_on_left and summary.left:
            return 1
        if self.proof is not None and self.proof.reverted:
            return 1
        return 1 if summary.changed and not line.writes else 0

    @staticmethod
    def _without_known(result: FileResult, baseline: Baseline) -> FileResult:
        """Return a result with what is new in it; it is changed only where that would change."""
        new = baseline.new(result.findings)
        changed = any(finding.status is Status.REWRITTEN for finding in new)
        before = result.before if changed else result.after
        return replace(result, findings=new, before=before)

    @staticmethod
    def _write_baseline(found: Sequence[Finding], path: Path) -> None:
        try:
            path.write_text(as_baseline(found, path), encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror or error}") from error

    def _results(self) -> Iterable[FileResult]:
        if self.from_stdin:
            return self._stdin()
        if self.prover is not None:
            # What is safe is only known when the program has run.
            options = replace(self.options, safe_only=False)
            results = rewrite_paths(self.line.paths, options, self.selection)
            return self._proven(self.prover, list(results))
        results = rewrite_paths(self.line.paths, self.options, self.selection)
        if self.line.verbose or not sys.stderr.isatty():
            return results
        return with_progress(results, lambda: python_files(self.line.paths, self.selection))

    def _proven(self, prover: Prover, results: Sequence[FileResult]) -> Sequence[FileResult]:
        self.proof = prover(results, self.options)
        if self.line.writes:
            try:
                write_all(self.proof.results)
            except OSError as error:
                message = f"{error.filename}: {error.strerror or error}; nothing was written"
                raise ProofError(message) from error
        return self.proof.results

    def _stdin(self) -> Iterator[FileResult]:
        source = sys.stdin.buffer.read()
        name = self.line.stdin_filename
        if self.selection.force_exclude and self.selection.excludes(name):
            result = FileResult(name)
        else:
            result = rewrite_bytes(source, name, self.options)
        if self.line.writes:
            sys.stdout.buffer.write(result.after if result.changed else source)
            sys.stdout.buffer.flush()
        yield result

    def _show(self, result: FileResult) -> None:
        from migrate_vars.findings.diff import coloured, unified_diff

        diff = unified_diff(result.path, result.before, result.after)
        colour = wants_colour(sys.stdout, self.line.color)
        sys.stdout.buffer.write(coloured(diff) if colour else diff)
        sys.stdout.buffer.flush()

    def _print(self, text: str) -> None:
        if text:
            self.stream.write(text)


def settings_of(line: CommandLine) -> Configuration:
    """Return the configuration, with what the command line says instead.

    Raises:
        ConfigurationError: The configuration or the options cannot be used.
    """
    if line.isolated:
        settings = Configuration()
    elif line.config is not None:
        settings = configuration.read(line.config)
    else:
        paths = [line.stdin_filename] if tuple(line.paths) == ("-",) else line.paths
        settings = configuration.find(paths)
    given: dict[str, object] = {}
    options: tuple[tuple[str, Sequence[str], Callable[[Sequence[str]], Sequence[str]]], ...] = (
        ("select", line.select, checked_codes),
        ("ignore", line.ignore, checked_codes),
        ("exclude", line.exclude, checked_globs),
        ("extend_exclude", line.extend_exclude, checked_globs),
        ("tf_modules", line.tf_modules, checked_modules),
    )
    for name, values, checked in options:
        if values:
            try:
                given[name] = tuple(checked(values))
            except ValueError as error:
                option = "--" + name.replace("_", "-")
                raise ConfigurationError(f"{option}: {error}") from error
    if line.extend_exclude:
        given["extend_exclude"] = (*settings.extend_exclude, *checked_globs(line.extend_exclude))
    for name in ("to", "safe", "force_exclude", "respect_gitignore", "jobs", "output_format"):
        value = getattr(line, name)
        if value is not None:
            given[name] = value
    return replace(settings, **given)  # type: ignore[arg-type]


def _report(name: str, line: CommandLine, colour: bool) -> Report:
    if name == "json":
        from migrate_vars.findings.json_output import JsonReport

        return JsonReport()
    if name == "sarif":
        from migrate_vars.findings.sarif import SarifReport

        return SarifReport(all_rules(), line.writes)
    if name == "github":
        from migrate_vars.findings.github import GithubReport

        return GithubReport(line.writes)
    titles = None
    if line.statistics:
        titles = {rule.code: rule.title for rule in all_rules()}
    return TextReport(line.writes, line.quiet, titles, name == "concise", colour)


def _outcome(result: FileResult) -> str:
    if result.changed:
        return "changed"
    return counted(len(result.findings), "finding") if result.findings else "no findings"
