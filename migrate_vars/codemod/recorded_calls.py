"""What recorded runs saw at the calls of one source, and which of its calls those were."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from migrate_vars.codemod.sites import ModuleSites, Seen, Site

_DISTRIBUTED = "distributed variable"
_SLICE = "slice of a variable"
_VARIABLES = frozenset(
    {
        *("reference variable", "resource variable", "partitioned variable", "variable"),
        _DISTRIBUTED,
        _SLICE,
    }
)


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call of a state op in a recorded run.

    Attributes:
        function: The state op, such as ``assign``.
        line: The call's first line, from 1; where ``end`` is None, perhaps another line of its
            statement from there on.
        end: Line, and column in bytes from 0, where the call ends; None where that is not known.
        instruction: Equal for one call, and different for two, within one run.
        receiver: What was written to, as text.
    """

    function: str
    line: int
    end: tuple[int, int] | None
    instruction: tuple[int, int]
    receiver: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one recorded run says about one source.

    Attributes:
        run: What to call the run.
        calls: What it saw; each call once for each kind of receiver.
        stale: Whether the source has changed since, so that nothing can be said.
    """

    run: str
    calls: tuple[RecordedCall, ...] = ()
    stale: bool = False


def add_evidence(module: ModuleSites, evidence: Sequence[Evidence]) -> None:
    """Add what recorded runs saw at each call of a module.

    Nothing is known of calls that no run came to, and of those that cannot be told from others.
    """
    module.has_evidence = True
    statements = {id(n.node): n.statement for n in module.located}
    receivers: dict[int, set[str]] = {}
    runs: dict[int, set[str]] = {}
    for one in evidence:
        for call, found in _attributed(one.calls, module.sites, statements).items():
            receivers.setdefault(call, set()).update(found)
            runs.setdefault(call, set()).add(one.run)
    module.seen = {
        call: Seen(
            _words(runs[call]),
            variable=found <= _VARIABLES,
            distributed=_DISTRIBUTED in found,
            what=_words(found - _VARIABLES),
            sliced=_SLICE in found,
        )
        for call, found in receivers.items()
    }
    module.runs = _words({one.run for one in evidence if not one.stale})
    module.stale = _words({one.run for one in evidence if one.stale})


def _attributed(
    calls: Iterable[RecordedCall], sites: Sequence[Site], statements: Mapping[int, ast.AST]
) -> dict[int, set[str]]:
    """Return the receivers of one run, by the id of the call's node."""
    found: dict[int, set[str]] = {}
    ambiguous: list[tuple[frozenset[int], RecordedCall]] = []
    for call in calls:
        candidates = _candidates(call, sites, statements)
        ambiguous.append((candidates, call))
        if len(candidates) == 1:
            found.setdefault(min(candidates), set()).add(call.receiver)
    for group in {candidates for candidates, _ in ambiguous if len(candidates) > 1}:
        inside = [call for candidates, call in ambiguous if candidates <= group]
        shared = {call.receiver for candidates, call in ambiguous if candidates == group}
        # All of them were called if there were as many calls; but which is which is not known.
        if len({call.instruction for call in inside}) >= len(group) or not shared <= _VARIABLES:
            for site in group:
                found.setdefault(site, set()).update(shared)
    return found


def _candidates(
    call: RecordedCall, sites: Sequence[Site], statements: Mapping[int, ast.AST]
) -> frozenset[int]:
    """Return the ids of the calls that a recorded one can be."""
    near: set[int] = set()
    within: set[int] = set()
    for site in sites:
        node = site.call
        if node is None or site.op is None or site.op.name != call.function:
            continue
        end = (node.end_lineno or node.lineno, node.end_col_offset)
        if call.end is not None:
            if call.end == end:
                return frozenset({id(node)})
        elif node.lineno <= call.line:
            if call.line <= end[0]:
                within.add(id(node))
            if call.line <= _last_line(statements.get(id(node), node), node):
                near.add(id(node))
    return frozenset(within or near)


def _last_line(statement: ast.AST, node: ast.Call) -> int:
    """Return the last line of a statement, or of the head of one that holds others."""
    last = node.end_lineno or node.lineno
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(last, body[0].lineno - 1)
    return max(last, getattr(statement, "end_lineno", None) or 0)


def _words(items: Iterable[str]) -> str:
    return " and ".join(sorted(items))
