"""Locate, decide, edit, check: the one way in which source is rewritten.

``ast`` locates the calls, the rules decide, ``edit`` rewrites the text of each call, and the new
text is spliced into the bytes, so that no byte outside an edited call can change.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from migrate_vars.codemod.arguments import MethodArgument
from migrate_vars.codemod.check import (
    CheckError,
    Splice,
    check_same,
    check_statements,
    parse_result,
)
from migrate_vars.codemod.dead_imports import Removal, dead_imports, removal
from migrate_vars.codemod.edit import EditError, as_method_call
from migrate_vars.codemod.fstrings import locate
from migrate_vars.codemod.ignores import MARKER, Ignores
from migrate_vars.codemod.mention import may_matter, mention, wide_encoding
from migrate_vars.codemod.names import Meaning, Names, last_name
from migrate_vars.codemod.receivers import Receivers
from migrate_vars.codemod.rules import RULES
from migrate_vars.codemod.scopes import Located, ModuleScopes, Scope
from migrate_vars.codemod.sites import Decision, MethodCall, ModuleSites, Site, refuse
from migrate_vars.codemod.source import (
    Lines,
    Source,
    UnparseableSourceError,
    parse,
)
from migrate_vars.codemod.state_ops import COMMON_NAMES, STATE_OPS, state_op
from migrate_vars.codemod.strings import named_by_string
from migrate_vars.findings.finding import Finding, Replacement, Safety, Status

if TYPE_CHECKING:
    from migrate_vars.codemod.evidence import Evidence

_LINE_END = re.compile(rb"\r\n|\r|\n")

__all__ = ["CheckError", "Place", "Rewrite", "UnparseableSourceError", "rewrite_source"]

Place = tuple[int, int]
"""Line and column of a finding."""


class Rewrite(NamedTuple):
    """What became of one source.

    Attributes:
        output: The new source; the old one where nothing was rewritten.
        findings: What is said about it, in the order of the lines.
        changed: Whether anything was rewritten.
    """

    output: bytes
    findings: tuple[Finding, ...]
    changed: bool


def rewrite_source(
    source: bytes,
    filename: str = "<string>",
    *,
    safe_only: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tf_modules: Sequence[str] = (),
    evidence: Sequence[Evidence] = (),
    kept: Mapping[Place, str] = MappingProxyType({}),
    used_elsewhere: Callable[[str], bool] = lambda name: False,
    opaque: Sequence[int] = (),
) -> Rewrite:
    """Rewrite the state ops of one Python source into method calls.

    Args:
        source: The bytes of a module.
        filename: What findings call it.
        safe_only: Rewrite only where the receiver is shown to be a variable.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop. What is dropped is not rewritten either.
        tf_modules: Modules that re-export TensorFlow, such as ``lingvo.compat``; their members
            are taken for those of ``tensorflow.compat.v1``.
        evidence: What recorded runs saw at the calls of this source.
        kept: Calls to leave alone although they could be rewritten, and why.
        used_elsewhere: Tells whether other code uses a name of this module; what is imported for
            that stays.
        opaque: Lines that may give any name of the module another value.

    Raises:
        UnparseableSourceError: The source is not Python that this interpreter understands.
        CheckError: The edited source failed the final check; a bug.
    """
    marked = MARKER.search(source) is not None
    if not marked and not may_matter(source) and not wide_encoding(source):
        return Rewrite(source, (), False)
    if marked and Ignores(source.decode("latin-1")).skip_file:
        return Rewrite(source, (), False)
    decoded = Source.decode(source)
    selection = _Selection(tuple(select), tuple(ignore))
    work = _Work(
        decoded, filename, selection, safe_only, tf_modules, evidence, kept, used_elsewhere
    )
    work.module.scopes.opaque += opaque
    try:
        written = work.run()
    finally:
        work.module.release()
    output = decoded.encode(written) if work.done else source
    findings = tuple(sorted(work.findings, key=lambda f: (f.line, f.column, f.code)))
    return Rewrite(output, findings, bool(work.done))


class _Selection(NamedTuple):
    select: tuple[str, ...]
    ignore: tuple[str, ...]

    def wants(self, code: str) -> bool:
        if self.ignore and code.startswith(self.ignore):
            return False
        return not self.select or code.startswith(self.select)


@dataclass(slots=True, eq=False)
class _Edit:
    """One call to rewrite, the calls inside it, and the finding that tells of it."""

    start: int
    end: int
    call: ast.Call
    change: MethodCall
    finding: Finding
    in_fstring: bool
    inner: list[_Edit]


class _Work:
    """The work on one source."""

    def __init__(
        self,
        source: Source,
        filename: str,
        selection: _Selection,
        safe_only: bool,
        tf_modules: Sequence[str],
        evidence: Sequence[Evidence],
        kept: Mapping[Place, str],
        used_elsewhere: Callable[[str], bool],
    ) -> None:
        self.source = source
        self.filename = filename
        self.selection = selection
        self.tree = parse(source.text)
        self.lines = Lines(source.data)
        scopes = ModuleScopes(self.tree, self.lines)
        names = Names(scopes, tf_modules, filename)
        self.module = ModuleSites(scopes, names, Receivers(names), safe_only=safe_only)
        self.findings: list[Finding] = []
        self.done: list[_Edit] = []
        self.spliced: list[Splice] = []
        self.ignores = Ignores(source.text if MARKER.search(source.data) else "")
        self.evidence = evidence
        self.kept = kept
        self.used_elsewhere = used_elsewhere
        self.removed: dict[ast.stmt, Removal] = {}

    def run(self) -> bytes:
        """Do the work; return the new text as UTF-8."""
        located = self.module.located = self._located()
        sites = self.module.sites = self._sites(located)
        if self.evidence:
            from migrate_vars.codemod.evidence import look  # late: most runs are given none

            look(self.module, self.evidence)
        edits: list[_Edit] = []
        for site in sites:
            self._decide(site, edits)
        written = self._splice(edits)
        for rule in RULES:
            for decision in rule.check_module(self.module):
                if isinstance(decision.node, (ast.stmt, ast.expr)):
                    self._say(rule.code, decision, decision.node)
        if self.done:
            for edit in self.done:
                _replace_call(edit.call, edit.change)
            imports = self._imports()
            _add_imports(self.tree, imports)
            _remove_imports(self.tree, self.removed, imports)
            if (
                imports
                or self.removed
                or not check_statements(
                    self._edited_statements(), self.lines, written, self.spliced
                )
            ):
                got = parse_result(written)
                check_same(self.tree, self.lines, got, Lines(written))
        self._say_unused()
        return written

    # Locate

    def _located(self) -> list[Located]:
        """Return the expressions of all statements that mention a state op, by any name."""
        scopes = self.module.scopes
        found: dict[int, Located] = {}
        aliases = _import_aliases(scopes)
        lines = scopes.lines.holding(mention(self.source.data))
        known: set[str] = set()
        while True:
            for located in scopes.nodes_on_lines(lines):
                found.setdefault(id(located.node), located)
            aliases |= _assigned_aliases(scopes, found.values(), known | aliases)
            new = aliases - known
            if not new:
                return sorted(
                    found.values(),
                    key=lambda n: (getattr(n.node, "lineno", 0), getattr(n.node, "col_offset", 0)),
                )
            known |= new
            lines = [line for name in sorted(new) for line in scopes.lines.mentioning(name)]

    def _sites(self, located: Sequence[Located]) -> list[Site]:
        sites: list[Site] = []
        called = {id(n.node.func): n.node for n in located if isinstance(n.node, ast.Call)}
        names = self.module.names
        for node, scope, fstring, _ in located:
            if isinstance(node, (ast.Call, ast.Subscript)):
                sites += self._named_in_string(node, scope, fstring)
                continue
            if not isinstance(node, (ast.Attribute, ast.Name)):
                continue
            if isinstance(node, ast.Attribute) and node.attr not in STATE_OPS:
                continue
            meaning = names.resolve(node, scope)
            if not isinstance(node.ctx, ast.Load):
                if isinstance(node, ast.Attribute):
                    for name in meaning.names:
                        if state_op(name):
                            self._rebinding(name, node)
                continue
            name = last_name(node) or ""
            if isinstance(node, ast.Name):
                members = {n.rpartition(".")[2] for n in meaning.names} & STATE_OPS.keys()
                if not members and name not in STATE_OPS:
                    continue
                name = min(members, default=name)
            if name in COMMON_NAMES and not _is_keras(node, meaning):
                continue
            ops = {state_op(n) for n in meaning.names}
            op = ops.pop() if len(ops) == 1 and not meaning.unknown else None
            call = called.get(id(node))
            sites.append(Site(node, call, name, meaning, op, scope, fstring, self.module))
        return sites

    def _named_in_string(
        self, node: ast.Call | ast.Subscript, scope: Scope, fstring: ast.JoinedStr | None
    ) -> Iterator[Site]:
        """Find ``getattr(tf, "assign")`` and the functions that set or patch ``tf.assign``."""
        for member, meaning, rebinds in named_by_string(node, scope, self.module.names):
            for name in filter(state_op, sorted(meaning.names)):
                if rebinds:
                    self._rebinding(name, node)
                else:
                    op = state_op(name)
                    yield Site(node, None, member, meaning, op, scope, fstring, self.module)
                    break

    def _rebinding(self, name: str, node: ast.expr) -> None:
        self.module.rebound.setdefault(name, node.lineno)
        member = name.rpartition(".")[2]
        message = f"this gives {member} a new value; calls of it are left alone"
        self._say("MV202", Decision(Status.ADVICE, message), node)

    # Decide

    def _decide(self, site: Site, edits: list[_Edit]) -> None:
        node: ast.expr = site.call or site.node
        for rule in RULES:
            decision = rule.check_call(site) if site.call else rule.check_reference(site)
            if decision is None:
                continue
            if self.evidence and site.op is not None and site.call is not None:
                decision = decision._replace(reached=site.seen is not None)
            if decision.edit is None or site.call is None:
                self._say(rule.code, decision, node)
            elif self._wanted(rule.code, node):
                finding = self._finding(rule.code, decision, node)
                why = self.kept.get((finding.line, finding.column))
                if why is not None:
                    refusal = refuse(f"{site.name} left alone: {why}")
                    refusal = refusal._replace(reached=decision.reached)
                    self.findings.append(self._finding("MV906", refusal, node))
                    return
                edits.append(
                    _Edit(-1, -1, site.call, decision.edit, finding, site.fstring is not None, [])
                )
                self._place(edits[-1], site.fstring)
            return

    def _place(self, edit: _Edit, fstring: ast.JoinedStr | None) -> None:
        if fstring is None:
            edit.start, edit.end = self.lines.span(edit.call)
        else:
            calls = [n for n in ast.walk(fstring) if isinstance(n, ast.Call)]
            span = locate(calls, fstring, self.lines).get(calls.index(edit.call))
            if span is not None:
                edit.start, edit.end = span

    def _wanted(self, code: str, node: ast.AST) -> bool:
        return not self.ignores.silence(code, node) and self.selection.wants(code)

    def _say(self, code: str, decision: Decision, node: ast.expr | ast.stmt) -> None:
        if self._wanted(code, node):
            self.findings.append(self._finding(code, decision, node))

    def _finding(self, code: str, decision: Decision, node: ast.expr | ast.stmt) -> Finding:
        line, column = node.lineno, 1
        end: tuple[int | None, int | None] = (None, None)
        with suppress(IndexError):  # a place inside an f-string, before Python 3.12
            start, stop = self.lines.span(node)
            _, column = self.lines.position(start)
            end = self.lines.position(stop)
        return Finding(
            code,
            self.filename,
            line,
            column,
            decision.message,
            decision.status,
            decision.safety,
            None,
            *end,
            self.lines.text(line),
            reached=decision.reached,
            indentation=self.lines.indentation(line),
        )

    def _say_unused(self) -> None:
        """Speak of the comments that have silenced nothing."""
        for code, message, ignore in self.ignores.idle(frozenset(r.code for r in RULES)):
            if self.selection.wants(code):
                self.findings.append(
                    Finding(
                        *(code, self.filename, ignore.line, ignore.column, message, Status.ADVICE),
                        source_line=self.lines.text(ignore.line),
                        indentation=self.lines.indentation(ignore.line),
                    )
                )

    # Edit

    def _splice(self, edits: list[_Edit]) -> bytes:
        data = self.source.data
        placed = [e for e in edits if e.start >= 0]
        for edit in edits:
            if edit.start < 0:
                self._cannot(edit, "its place inside the f-string is not certain")
        out: list[bytes] = []
        at = 0
        pieces = [(edit.start, edit.end, self._edited(edit)) for edit in _nested(placed)]
        self._remove_dead_imports()
        removals = [removal[:3] for removal in self.removed.values()]
        for start, end, new in sorted([*pieces, *self._added_imports(), *removals]):
            out += (data[at:start], new)
            self.spliced.append(Splice(start, end, len(new)))
            at = end
        return b"".join(out) + data[at:]

    def _edited_statements(self) -> list[ast.AST]:
        calls = {id(edit.call) for edit in self.done}
        statements = {
            id(n.statement): n.statement for n in self.module.located if id(n.node) in calls
        }
        return list(statements.values())

    def _added_imports(self) -> list[tuple[int, int, bytes]]:
        """Return the imports that the edits need: where each goes, and its text."""
        return [
            self._added_import(statement, text)
            for statement, text in self._imports().items()
            if statement not in self.removed  # there it takes the place
        ]

    def _remove_dead_imports(self) -> None:
        """Take out the imports that TensorFlow 2 lacks and that nothing uses any more."""
        functions = {id(edit.call.func) for edit in self.done}
        if not functions:
            return
        added = self._imports()
        for node, scope in dead_imports(
            self.module.scopes, functions, self.filename, self.used_elsewhere
        ):
            instead = added.get(node, "")
            taken_out = removal(node, scope, self.lines, instead)
            if taken_out is None or not self._wanted("MV113", node):
                continue
            self.removed[node] = taken_out
            names = ", ".join(alias.name for alias in node.names)
            message = f"TensorFlow 2 has no {names} to import: the import went with its last use"
            finding = self._finding("MV113", Decision(Status.REWRITTEN, message), node)
            self.findings.append(finding._replace(fix=(self._replacement(*taken_out[:3]),)))
        self.module.removed = frozenset(self.removed)

    def _added_import(self, statement: ast.stmt, text: str) -> tuple[int, int, bytes]:
        data = self.source.data
        at = self.lines.span(statement)[0]
        line = self.lines.offset(statement.lineno, 0)
        indentation = data[line:at]
        if indentation.strip() or data[:line].rstrip(b"\r\n").endswith(b"\\"):
            return at, at, text.encode() + b"; "
        ends = _LINE_END.search(data, at)
        line_break = ends.group() if ends is not None else b"\n"
        return at, at, text.encode() + line_break + indentation

    def _imports(self) -> dict[ast.stmt, str]:
        """Return the statements in front of which an import is added, with the import."""
        return {
            statement: edit.change.packing.statement
            for edit in self.done
            if edit.change.packing is not None
            for statement in edit.change.packing.before
        }

    def _edited(self, edit: _Edit) -> bytes:
        """Return the new text of a call, with the calls inside it edited first."""
        data = self.source.data
        out: list[bytes] = []
        at = edit.start
        for inner in edit.inner:
            out += (data[at : inner.start], self._edited(inner))
            at = inner.end
        text = b"".join(out) + data[at : edit.end]
        change = edit.change
        try:
            new_text = as_method_call(
                text.decode("utf-8"),
                change.method,
                change.receiver,
                change.arguments,
                packing=change.packing.name if change.packing is not None else "",
                in_fstring=edit.in_fstring,
            )
        except EditError as error:
            self._cannot(edit, str(error))
            return text
        self.done.append(edit)
        new = new_text.encode("utf-8")
        before = data[edit.start - 1 : edit.start]
        if (before.isalnum() or before == b"_") and new[:1] not in b"([{":
            new = b" " + new  # `return(tf.assign)(v, x)` has no blank to keep words apart
        self.findings.append(edit.finding._replace(fix=self._fix(edit, new)))
        return new

    def _fix(self, edit: _Edit, new: bytes) -> tuple[Replacement, ...]:
        """Return what is replaced where this edit alone, with those inside it, is made."""
        pieces = [(edit.start, edit.end, new)]
        packing = edit.change.packing
        if packing is not None:
            pieces += [self._added_import(at, packing.statement) for at in packing.before]
        return tuple(self._replacement(*piece) for piece in sorted(pieces))

    def _replacement(self, start: int, end: int, text: bytes) -> Replacement:
        return Replacement(
            *self.lines.position(start), *self.lines.position(end), text.decode("utf-8")
        )

    def _cannot(self, edit: _Edit, why: str) -> None:
        if self._wanted("MV109", edit.call):
            self.findings.append(
                edit.finding._replace(
                    code="MV109",
                    status=Status.LEFT,
                    safety=Safety.REFUSED,
                    message=f"{edit.change.method} left alone: {why}",
                )
            )


def _import_aliases(scopes: ModuleScopes) -> set[str]:
    return {
        alias.asname
        for node, _ in scopes.imports
        for alias in node.names
        if alias.asname and alias.name in STATE_OPS
    }


def _assigned_aliases(
    scopes: ModuleScopes, located: Iterable[Located], names: set[str]
) -> set[str]:
    """Return the names that an assignment binds to a state op, or to another such name."""
    found: set[str] = set()
    for node, _, _, statement in located:
        if isinstance(statement, ast.Assign) and (
            (isinstance(node, ast.Attribute) and node.attr in STATE_OPS)
            or (isinstance(node, ast.Name) and (node.id in names or node.id in STATE_OPS))
        ):
            value = statement.value
            if value is node or (
                isinstance(value, ast.IfExp) and node in (value.body, value.orelse)
            ):
                found |= {t.id for t in statement.targets if isinstance(t, ast.Name)}
    return found


def _nested(edits: list[_Edit]) -> list[_Edit]:
    """Put each edit into the one around it; return the outermost ones, in order."""
    outermost: list[_Edit] = []
    around: list[_Edit] = []
    for edit in sorted(edits, key=lambda e: (e.start, -e.end)):
        while around and around[-1].end <= edit.start:
            around.pop()
        (around[-1].inner if around else outermost).append(edit)
        around.append(edit)
    return outermost


def _replace_call(call: ast.Call, change: MethodCall) -> None:
    """Do to the tree what the edit did to the text."""
    expressions = [*call.args, *(k.value for k in call.keywords)]
    arguments: tuple[MethodArgument, ...] = change.arguments
    call.func = ast.Attribute(expressions[change.receiver], change.method, ast.Load())
    call.args = [expressions[a.position] for a in arguments if a.keyword is None]
    call.keywords = [
        ast.keyword(a.keyword, expressions[a.position])
        for a in arguments
        if a.keyword is not None and not a.packed
    ]
    if change.packing is not None:
        packed = [ast.keyword(a.keyword, expressions[a.position]) for a in arguments if a.packed]
        function = ast.parse(change.packing.name, mode="eval").body
        call.args.insert(0, ast.Call(function, [], packed))


def _add_imports(tree: ast.Module, imports: Mapping[ast.stmt, str]) -> None:
    """Put imports into the tree as they were put into the text."""
    if not imports:
        return
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list):
                for statement in [s for s in block if isinstance(s, ast.stmt) and s in imports]:
                    added = ast.parse(imports[statement]).body
                    block[block.index(statement) : block.index(statement)] = added


def _remove_imports(
    tree: ast.Module, removed: Mapping[ast.stmt, Removal], imports: Mapping[ast.stmt, str]
) -> None:
    """Take imports out of the tree as they were taken out of the text."""
    if not removed:
        return
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list):
                for statement in [s for s in block if isinstance(s, ast.stmt) and s in removed]:
                    at = block.index(statement)
                    instead = removed[statement].instead
                    keep = instead is not None and statement not in imports
                    block[at : at + 1] = [instead] if keep else []


def _is_keras(node: ast.expr, meaning: Meaning) -> bool:
    """Tell whether something with a common name is one of Keras, or may be."""
    if any(state_op(name) for name in meaning.names):
        return True
    return isinstance(node, ast.Attribute) and last_name(node.value) in ("K", "backend")
