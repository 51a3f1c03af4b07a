"""The command line: options in, one engine call, output, exit code."""

from __future__ import annotations

import gc
import os
import shlex
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from migrate_vars import __version__

_Options = Callable[[Any], Any]


def _group(*options: _Options) -> _Options:
    """A decorator that adds several options, in the order in which the help shows them."""

    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_policy = click.option(
    "--policy",
    type=click.Choice(["exact", "native"]),
    default="exact",
    show_default=True,
    help="exact: one thread, no grappler, no oneDNN, so that runs are bit-reproducible; native: "
    "leave every setting to the programs.",
)

_timeout = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Kill a program that runs longer than this.",
)

_any_python = click.option(
    "--python",
    default=sys.executable,
    metavar="PATH",
    help="The interpreter that has TensorFlow, 1.15 or 2; by default the one of this command.",
)

# For the commands that run one script: it, or a module in its place.
_script = _group(
    click.argument("words", nargs=-1, metavar="SCRIPT [-- ARGUMENT...]"),
    click.option("-m", "--module", metavar="MODULE", help="Run this module, as python -m runs it."),
)

# Which variable is which.
_variables = _group(
    click.option(
        "--map",
        multiple=True,
        metavar="OLD=NEW",
        help="This variable of the reference is that variable of the other program; may be "
        "repeated.",
    ),
    click.option(
        "--map-file",
        multiple=True,
        metavar="FILE",
        help="Take such pairs from this file: lines of OLD=NEW, or a TOML table.",
    ),
    click.option(
        "--ignore-variable",
        multiple=True,
        metavar="NAME",
        help="Do not compare this variable, of either program; may be repeated.",
    ),
)

# Where the programs of verify run, and how.
_interpreters = _group(
    click.option(
        "--v1-view",
        type=click.Choice(["auto", "always", "never", "both"]),
        default="auto",
        show_default=True,
        help="When 'import tensorflow' in the old program's own files gives the names and the "
        "behaviour of TensorFlow 1, under TensorFlow 2; auto: where they use such names; both: in "
        "the migration (--against), too, which otherwise runs as it is.",
    ),
    click.option(
        "--python",
        "--v2-python",
        "python",
        default=sys.executable,
        metavar="PATH",
        help="The interpreter that has TensorFlow 2; by default the one that runs this command.",
    ),
    click.option(
        "--v1-python", metavar="PATH", help="Another interpreter for the v1 session programs alone."
    ),
    click.option(
        "--tf1-python",
        envvar="MIGRATE_VARS_TF1_PYTHON",
        metavar="PATH",
        help="An interpreter that has TensorFlow 1.15: also run the v1 programs there, and judge "
        "them under TensorFlow 2 against it; by default the tf1-python of [tool.migrate-vars].  "
        "[env: MIGRATE_VARS_TF1_PYTHON]",
    ),
    _timeout,
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(min=1),
        help="Maximum number of programs at a time; by default the number of processors, but "
        "scripts run one by one, as they may write files.",
    ),
    _policy,
)


class _Drift(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """How far programs may drift: a bound, or "rounding"."""

    name = "drift"

    def convert(
        self, value: Any, param: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The bound as a number, or the word."""
        if value == "rounding":
            return value
        return click.FloatRange(min=0).convert(value, param, context)


# What counts as alike, and what is tried where programs are not.
_comparison = _group(
    click.option(
        "--drift",
        type=_Drift(),
        metavar="BOUND|rounding",
        help="Let every program drift that far, relative to the largest magnitude that a variable "
        "has had, or by rounding: as far as a unit in the last place takes the reference itself, "
        "which is run again to see. By default, releases of TensorFlow may differ by rounding, and "
        "other programs as far as the patterns say.",
    ),
    click.option(
        "--seeds",
        type=click.Choice(["auto", "own", "aligned"]),
        default="auto",
        show_default=True,
        help="When random numbers get the same seeds in all programs; auto: where the programs do "
        "not train alike with their own.",
    ),
    click.option(
        "--same-start",
        is_flag=True,
        help="Let a program whose initial values differ start from those of the reference.",
    ),
    click.option(
        "--replay-feeds",
        is_flag=True,
        help="Feed a program that diverges what the reference is fed: its feed_dict, or the "
        "arguments of its tf.function.",
    ),
    click.option(
        "--compare-output",
        is_flag=True,
        help="Fail where a program that trains alike prints, summarises or fetches something else; "
        "without it, that is only reported.",
    ),
)

# What verify prints, and what it leaves behind.
_output = _group(
    click.option("--output-format", type=click.Choice(["text", "json", "junit"]), default="text"),
    click.option(
        "--report",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Also write an HTML report: verdicts, variables and plots in one file.",
    ),
    click.option(
        "--verbose", "-v", is_flag=True, help="Show all that a program printed that failed."
    ),
    click.option(
        "--keep-files",
        is_flag=True,
        help="Leave the files that the first run of a SCRIPT leaves; by default, all files are put "
        "back as they were.",
    ),
)

#: What the words after ``--`` are known by, of a command that runs a script.
_REST = "migrate_vars.rest"
_SCRIPTS = (".py", ".ipynb")


class _RunsScript(click.Command):
    """A command that runs a script, whose arguments come after ``--``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Takes the arguments of the script away, so that none of them is taken for one of ours."""
        own, rest = list(args), []
        if "--" in own:
            place = own.index("--")
            own, rest = own[:place], own[place + 1 :]
        ctx.meta[_REST] = tuple(rest)
        try:
            return super().parse_args(ctx, own)
        except click.NoSuchOption as error:
            hint = "" if rest else " Options of the script come after --."
            raise click.UsageError(f"{error.format_message()}{hint}", ctx) from error


def _named_script(
    context: click.Context, words: Sequence[str], module: str | None
) -> tuple[str, ...]:
    """The script that the words of a command line name, and its arguments; of a module, these.

    Raises:
        click.UsageError: If they name no script, or more than one.
    """
    rest: tuple[str, ...] = context.meta[_REST]
    name = context.info_name
    if module is not None:
        if words:
            raise click.UsageError(
                f"{words[0]}: with -m {module}, its arguments come after --: "
                f"migrate-vars {name} -m {module} -- {shlex.join(words)}"
            )
        return rest
    if not words:
        words, rest = rest[:1], rest[1:]
    if not words:
        raise click.UsageError("Which script? Give its path, or a module with -m.")
    script, *more = words
    if more:
        after = f"arguments of the script come after --: migrate-vars {name} {script} -- "
        if name == "verify" and more[0].endswith(_SCRIPTS):
            raise click.UsageError(
                f"verify takes one script. To compare {script} with {more[0]}: migrate-vars verify "
                f"{script} --against {more[0]}; {after}{shlex.join(more)}"
            )
        raise click.UsageError(f"{more[0]}: {after}{shlex.join(more)}")
    return (script, *rest)


def _which_files(command: Any) -> Any:
    """Adds the options that say which files are read, and with which configuration."""
    for option in (
        click.option(
            "--isolated", is_flag=True, help="Take no configuration from any pyproject.toml."
        ),
        click.option(
            "--config", metavar="FILE", help="Take the configuration from this pyproject.toml."
        ),
        click.option(
            "--respect-gitignore/--no-respect-gitignore",
            default=None,
            help="Leave out what git ignores (the default).",
        ),
        click.option(
            "--force-exclude/--no-force-exclude",
            default=None,
            help="Leave out excluded and ignored files even if they are named.",
        ),
        click.option(
            "--extend-exclude", multiple=True, metavar="GLOBS", help="Leave these out, too."
        ),
        click.option(
            "--exclude", multiple=True, metavar="GLOBS", help="Leave these out, not the usual ones."
        ),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="migrate-vars")
def cli() -> None:
    """Move TensorFlow 1 training code to TensorFlow 2 and prove that training did not change."""


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--to",
    type=click.Choice(["compat", "methods"]),
    default=None,
    help="compat: the program runs on TensorFlow 2.16 and later, sessions kept; methods (the "
    "default): state ops are methods.",
)
@click.option("--diff", is_flag=True, help="Print a unified diff; write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option(
    "--fail-on-left", is_flag=True, help="With --check, exit 1 if something is left alone, too."
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --check, only what this baseline does not hold counts.",
)
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With --check, write what is found to this file.",
)
@click.option(
    "--safe/--no-safe",
    default=None,
    help="Rewrite only where the receiver is proven to be a variable.",
)
@click.option(
    "--select", multiple=True, metavar="CODES", help="Only these codes (MV1, MV101,MV301)."
)
@click.option(
    "--ignore", multiple=True, metavar="CODES", help="Not these codes; nor their rewrites."
)
@click.option(
    "--tf-modules",
    multiple=True,
    metavar="NAMES",
    help="Modules that re-export TensorFlow, or a backend of Keras.",
)
@click.option(
    "--evidence",
    multiple=True,
    metavar="FILE",
    help="A trajectory of `record`: which receivers were variables when the program ran.",
)
@_which_files
@click.option(
    "--output-format",
    type=click.Choice(["text", "full", "concise", "json", "sarif", "github"]),
    default=None,
    help="full (the default, also called text) shows source lines, concise one line for each "
    "finding; the others are machine-readable.",
)
@click.option("--statistics", is_flag=True, help="Count the findings of each code.")
@click.option("--quiet", "-q", is_flag=True, help="Print errors only.")
@click.option("--verbose", "-v", is_flag=True, help="Say which configuration and files are read.")
@click.option(
    "--color/--no-color", default=None, help="Colour what is shown, on a terminal or not."
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="Maximum number of worker processes; by default one per processor.",
)
@click.option("--stdin-filename", default="<stdin>", help="What to call standard input.")
@click.option(
    "--prove",
    metavar="COMMAND",
    help="Run this program ('train.py --steps 50', '-m pkg.train') before and after the rewrite, "
    "and rewrite only the calls with which it trains the same.",
)
@click.option(
    "--python",
    default=sys.executable,
    metavar="PATH",
    help="The interpreter for --prove, with TensorFlow 1.15 or 2; by default the one that runs "
    "this command.",
)
@click.option(
    "--tf1-python",
    envvar="MIGRATE_VARS_TF1_PYTHON",
    metavar="PATH",
    help="For --prove with --to compat, the interpreter with TensorFlow 1.15 that runs the program "
    "as it is; by default the tf1-python of [tool.migrate-vars].  [env: MIGRATE_VARS_TF1_PYTHON]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=300.0,
    show_default=True,
    metavar="SECONDS",
    help="Kill the program of --prove when it runs longer than this.",
)
@click.pass_context
def rewrite(
    context: click.Context,
    /,
    prove: str | None,
    python: str,
    tf1_python: str | None,
    timeout: float,
    **options: Any,
) -> None:
    """Move TensorFlow 1 code up a rung, in place: by default, state ops become method calls.

    PATH is a file, a directory or a glob pattern; - reads standard input and writes the result to
    standard output. Exit code 0: done; 1: --diff or --check found something to change, or --prove
    gave up calls; 2: a file could not be read, parsed or written, --prove could not prove anything,
    or the usage is wrong.
    """
    with _without_collections():
        # Imported late, so that --help does not wait for it.
        from migrate_vars.workspace import rewrite_command
        from migrate_vars.workspace.configuration import ConfigurationError

        line = rewrite_command.CommandLine(**options)
        try:
            provers = {}
            if prove is not None:
                command = _import_command("--prove", "prove")
                compat = _import_command("--prove", "prove_compat")
                provers = {
                    "methods": lambda: command.prover(prove, python, timeout),
                    "compat": lambda: compat.prover(
                        prove, python, tf1_python or _configured_oracle(), timeout
                    ),
                }
            context.exit(rewrite_command.rewrite(line, provers))
        except (ConfigurationError, rewrite_command.ProofError) as error:
            raise click.ClickException(str(error)) from error


@cli.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write an HTML report: one file with a map of the code and a list to work through.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Say what has changed since this baseline; exit 1 if something slid back.",
)
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what is there now to this file.",
)
@click.option(
    "--tf-modules",
    multiple=True,
    metavar="NAMES",
    help="Modules that re-export TensorFlow, or a backend of Keras.",
)
@_which_files
@click.option("--quiet", "-q", is_flag=True, help="Print errors and what slid back only.")
@click.option("--verbose", "-v", is_flag=True, help="Show all rows of all tables.")
@click.option(
    "--color/--no-color", default=None, help="Colour what is shown, on a terminal or not."
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="At most so many processes; by default as many as there are processors.",
)
@click.pass_context
def survey(
    context: click.Context,
    /,
    output_format: str,
    report: Path | None,
    baseline: Path | None,
    write_baseline: Path | None,
    **options: Any,
) -> None:
    """Say what a code base uses of TensorFlow 1, and how far each program is.

    Nothing is written or run, and TensorFlow is not needed. PATH is a file, a directory or a glob
    pattern. Exit code 0: done; 1: something slid back since the --baseline; 2: a file could not be
    read, or the usage is wrong. That files are not understood is part of the answer.
    """
    with _without_collections():
        from migrate_vars.survey import command
        from migrate_vars.workspace.configuration import ConfigurationError
        from migrate_vars.workspace.rewrite_command import CommandLine

        if report is not None:
            _import_command("--report", "migrate_vars.survey.page")
        wishes = command.SurveyOptions(output_format, report, baseline, write_baseline)
        try:
            context.exit(command.survey(CommandLine(check=True, **options), wishes))
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error


@cli.command(cls=_RunsScript)
@click.argument("targets", nargs=-1, metavar="[PATTERN]... | SCRIPT [-- ARGUMENT...]")
@click.option(
    "--list", "list_only", is_flag=True, help="List the patterns, each with what it does."
)
@click.option(
    "-m", "--module", metavar="MODULE", help="Verify this module, run as python -m runs it."
)
@click.option(
    "--against",
    metavar="SCRIPT",
    help="Compare with this migration, done by hand; it gets the same arguments, or those that "
    "follow it: --against 'new.py --steps 5'.",
)
@click.option("--against-module", metavar="MODULE", help="The same, for a module.")
@_variables
@_interpreters
@_comparison
@_output
@click.pass_context
def verify(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    list_only: bool,
    module: str | None,
    against: str | None,
    against_module: str | None,
    **options: Any,
) -> None:
    """Prove that TF1 programs still train as they did.

    A SCRIPT is a TF1 program of yours: a copy of it, and of the files of yours that it imports, is
    rewritten, and both are run; or it is compared with the migration that --against names. A
    PATTERN is a folder with v1_session.py and v2_eager.py, a folder of such folders, or the name of
    a bundled pattern; without any target, all bundled patterns are verified. Each program runs in a
    process of its own, and every value of every variable is compared bit for bit.

    Exit code 0: all train alike; 1: some do not, do not train at all, or are nondeterministic, or
    with --compare-output give other output; 2: a program could not be run to its end, or the usage
    is wrong.
    """
    if list_only:
        context.exit(_list_patterns(targets))
    commands = _import_command("verify")
    if options["report"] is not None:
        _import_command("--report", "reporting.html_page")
    if against is not None and against_module is not None:
        raise click.UsageError("--against and --against-module exclude each other.")
    asked = any(options[name] for name in ("map", "map_file", "ignore_variable"))
    output = commands.Output(options.pop("output_format"), options.pop("verbose"))
    how = _verify_options(options)
    scripts = [word for word in targets or context.meta[_REST][:1] if word.endswith(_SCRIPTS)]
    if module is not None or scripts:
        if module is None and targets and not targets[0].endswith(_SCRIPTS):
            raise click.UsageError(f"{scripts[0]}: a script is verified apart from patterns.")
        words = _named_script(context, targets, module)
        target = commands.Target(words, module, against, against_module)
        context.exit(commands.verify_script(target, how, output))
    if context.meta[_REST]:
        raise click.UsageError("Patterns take no arguments; only a script may have some after --.")
    if asked:
        raise click.UsageError(
            "--map, --map-file and --ignore-variable are for scripts; the two programs of a "
            "pattern have the same variables."
        )
    if against is not None or against_module is not None:
        raise click.UsageError("--against needs the script that it is compared with.")
    context.exit(commands.verify(targets, how, output))


def _verify_options(values: dict[str, Any]) -> Any:
    """The options of the library, from those of the command line."""
    from migrate_vars.equivalence.running.verify_options import VerifyOptions

    variables = _variable_map(values)
    if values["tf1_python"] is None:
        values["tf1_python"] = _configured_oracle()
    return VerifyOptions(**values, variables=variables)


@cli.command(cls=_RunsScript)
@_script
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="By default SCRIPT with .trajectory.jsonl.",
)
@click.option("--eager", is_flag=True, help="Run tf.function eagerly.")
@_any_python
@_policy
@_timeout
@click.option(
    "--align-seeds",
    is_flag=True,
    help="Make random ops reproducible: they keep their own seeds where they have any.",
)
@click.option(
    "--draw-like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="RUN",
    help="Draw the random numbers of RUN, which was recorded with --align-seeds.",
)
@click.option(
    "--keep-feeds",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the values to FILE that are fed to sessions and functions.",
)
@click.pass_context
def record(
    context: click.Context, /, words: tuple[str, ...], module: str | None, **options: Any
) -> None:
    """Run a script, unchanged, in this folder, and write down every value of every variable.

    Exit code 0: done; 2: the script did not run to its end, or the usage is wrong.
    """
    commands = _import_command("record")
    words = _named_script(context, words, module)
    context.exit(commands.record(words, module, commands.RecordOptions(**options)))


@cli.command(cls=_RunsScript)
@_script
@_any_python
@click.option(
    "--again",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    metavar="N",
    help="How often to run a script that has races again, to see whether its results differ.",
)
@_timeout
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def races(
    context: click.Context,
    words: tuple[str, ...],
    module: str | None,
    python: str,
    again: int,
    timeout: float,
    output_format: str,
) -> None:
    """Find session runs of a TF1 script whose result is not defined.

    Such a run accesses a variable twice, at least once to write it, and nothing in the graph says
    which comes first. The script runs unchanged; if it has races, it is run again with several ops
    at a time, to see whether its results differ.

    Exit code 0: no races; 1: races; 2: the script did not run to its end, or the usage is wrong.
    """
    words = _named_script(context, words, module)
    command = _import_command("races")
    interpreter = command.Interpreter(python, timeout)
    context.exit(command.races(words, module, again, output_format, interpreter))


@cli.command()
@click.argument("reference", type=click.Path(exists=True, dir_okay=False))
@click.argument("other", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--drift",
    type=click.FloatRange(min=0),
    metavar="BOUND",
    help="How far values may drift, relative to the largest magnitude that the variable has had; "
    "by default every bit must be the same.",
)
@_variables
@click.pass_context
def compare(
    context: click.Context,
    /,
    reference: str,
    other: str,
    drift: float | None,
    **variables: Any,
) -> None:
    """Compare two recorded trajectories, from this machine or from others.

    Exit code 0: alike; 1: they differ, or nothing was trained; 2: a file cannot be read, its
    program did not run to its end, or the usage is wrong.
    """
    commands = _import_command("compare")
    given = _variable_map(variables)
    context.exit(commands.compare(Path(reference), Path(other), drift, given))


@cli.group()
def oracle() -> None:
    """Get a real TensorFlow 1.15 to compare with."""


@oracle.command()
@click.argument("directory", default=".oracle")
@click.option("--python", metavar="PATH", help="A Python 3.7; by default one is looked for.")
@click.pass_context
def create(context: click.Context, directory: str, python: str | None) -> None:
    """Make an environment with TensorFlow 1.15.5 in DIRECTORY (.oracle by default).

    TensorFlow 1.15 needs Python 3.7. Exit code 0: it is there; 2: it could not be made.
    """
    from migrate_vars.equivalence.running import oracle

    try:
        interpreter = oracle.create(Path(directory), python)
    except oracle.OracleError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"TensorFlow {oracle.TENSORFLOW} is in {interpreter}")
    click.echo(f"Use it with --tf1-python {interpreter}, or put into pyproject.toml:")
    click.echo(f'[tool.migrate-vars]\ntf1-python = "{interpreter}"')
    context.exit(0)


@cli.command()
@click.argument("code", required=False)
@click.option("--list", "list_only", is_flag=True, help="List all codes, each with its title.")
def explain(code: str | None, list_only: bool) -> None:
    """Say what a code means, why, and show examples."""
    from migrate_vars.findings.explanation import explanation
    from migrate_vars.workspace.rules import all_rules, find_rule

    titles = {one.code: one.title for one in sorted(all_rules(), key=lambda one: one.code)}
    if list_only:
        wanted = (code or "").upper()
        titles = {known: title for known, title in titles.items() if known.startswith(wanted)}
        if titles:
            click.echo("\n".join(f"{known}  {title}" for known, title in titles.items()))
            return
    elif code is None:
        raise click.UsageError("Which code? --list lists them all.")
    assert code is not None
    found = find_rule(code)
    if found is None:
        from difflib import get_close_matches  # late: it is for mistakes only

        close = get_close_matches(code.upper(), titles, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise click.UsageError(f"There is no code {code!r}.{hint} --list lists them all.")
    click.echo(explanation(found))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code.

    Args:
        argv: The arguments; those of the process when None.
    """
    try:
        with _stopped_by_signals():
            result = cli.main(
                args=None if argv is None else list(argv),
                prog_name="migrate-vars",
                standalone_mode=False,
            )
            if not (sys.stdout is None or sys.stdout.closed):
                sys.stdout.flush()
    except click.exceptions.Abort:
        click.echo("Aborted.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2
    except _Stopped as stop:
        click.echo("Terminated.", err=True)
        return 128 + stop.number
    except (BrokenPipeError, SystemExit):  # click makes the second of the first
        # Whoever read the output has seen enough; Python must not try to flush the rest.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except Exception as error:
        return _own_fault(error)
    return result if isinstance(result, int) else 0


class _Stopped(SystemExit):
    """The signal that asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Ends as after Ctrl-C when asked to: programs are killed, and files put back."""
    own = os.getpid()

    def stop(number: int, frame: object) -> None:
        if os.getpid() != own:  # a process that this one has forked
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        for each in replaced:
            signal.signal(each, signal.SIG_IGN)  # once is enough; what goes on now is to be done
        raise _Stopped(number)

    replaced: list[int] = []
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # One that is ignored, as under nohup, stays so.
            if number is not None and signal.getsignal(number) == signal.SIG_DFL:
                signal.signal(number, stop)
                replaced.append(number)
    try:
        yield
    finally:
        for number in replaced:
            signal.signal(number, signal.SIG_DFL)


def _own_fault(error: Exception) -> int:
    """Says in one line what has gone wrong; exit code 1 would mean that programs diverge."""
    if os.environ.get("MIGRATE_VARS_TRACEBACK"):
        traceback.print_exception(error)
    what = " ".join(str(error).split())
    if isinstance(error, OSError | MemoryError):  # a full disk, for instance
        message = what or "out of memory"
    else:
        frames = traceback.extract_tb(error.__traceback__)
        place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
        message = f"this is a bug of migrate-vars: {type(error).__name__}: {what}{place}"
    hint = "MIGRATE_VARS_TRACEBACK=1 shows where it comes from, for a report"
    with suppress(OSError, ValueError):
        click.echo(f"migrate-vars: {message}; {hint}", err=True)
    return 2


@contextmanager
def _without_collections() -> Iterator[None]:
    """Look for no garbage while modules are imported and trees are made, which leave none."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # The process is about to end. To look through all that is left for something to free,
        # now and once more at its end, would be a fifth of all the work.
        gc.freeze()
        if collecting:
            gc.enable()


def _variable_map(values: dict[str, Any]) -> Any:
    """What the command line says of variables, which is taken out of its options."""
    from migrate_vars.equivalence.variable_map import read_variable_map
    from migrate_vars.trajectory.mapping import MappingError

    pairs, files, ignored = (values.pop(name) for name in ("map", "map_file", "ignore_variable"))
    try:
        return read_variable_map(pairs, files, ignored)
    except MappingError as error:
        raise click.ClickException(str(error)) from error


def _list_patterns(targets: Sequence[str]) -> int:
    from migrate_vars.equivalence.patterns import PatternError, find_all_patterns

    try:
        found = {pattern.name: pattern.summary for pattern in find_all_patterns(targets)}
    except PatternError as error:
        raise click.ClickException(str(error)) from error
    width = max(map(len, found))
    for name, summary in found.items():
        click.echo(f"{name:<{width}}  {summary}".rstrip())
    return 0


def _configured_oracle() -> str | None:
    from migrate_vars.workspace import configuration

    try:
        return configuration.find(["."]).oracle
    except configuration.ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def _import_command(name: str, module: str = "commands") -> ModuleType:
    if not module.startswith("migrate_vars."):
        module = f"migrate_vars.equivalence.{module}"
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        extra = "tf" if "equivalence" in module else "report"
        message = f"{name} needs {error.name}: pip install 'migrate-vars[{extra}]'"
        raise click.ClickException(message) from error


if __name__ == "__main__":
    sys.exit(main())
