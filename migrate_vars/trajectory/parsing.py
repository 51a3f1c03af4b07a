"""Parses the records that stand beside states.

Each function takes one JSON object; a ValueError describes what is wrong with it.
"""

from __future__ import annotations

from typing import Any

from migrate_vars.trajectory import fields
from migrate_vars.trajectory.records import (
    Access,
    FailedRun,
    Fetched,
    Race,
    RandomOp,
    Site,
    StateOpCall,
    Unseen,
)

_RACING = (
    *("reference", "resource", "iterator", "queue", "unsorted queue", "reader", "table"),
    *("staging area", "python", "random"),
)
_ACCESSES = ("read", "write", "take", "put", "start", "close", "call")


def random_op(record: dict[str, Any], site: Site) -> RandomOp:
    """A random op that was created at a line."""
    shape = record.get("shape")
    return RandomOp(
        fields.text(record, "random"),
        site,
        _seeds(record.get("seeds"), "seeds"),
        _seeds(record.get("own"), "own"),
        fields.number_or_none(record.get("seed"), "seed"),
        fields.number_or_none(record.get("drawn"), "drawn"),
        fields.typed(record.get("dtype", ""), str, "dtype"),
        None
        if shape is None
        else tuple(fields.number_or_none(size, "size") for size in fields.items(shape, "shape")),
        fields.number_or_none(record.get("like"), "like"),
    )


def _seeds(value: Any, what: str) -> tuple[int, int] | None:
    return None if value is None else fields.pair(value, what)


def state_op_call(value: Any) -> StateOpCall:
    """What a call of a v1 state op was given to write to."""
    record = fields.typed(value, dict, "evidence")
    path, digest, function, receiver = (
        fields.text(record, key) for key in ("path", "digest", "function", "receiver")
    )
    end = record.get("end")
    return StateOpCall(
        path,
        digest,
        function,
        fields.number(record.get("line"), "line"),
        None if end is None else fields.pair(end, "end"),
        fields.pair(record.get("instruction"), "instruction"),
        receiver,
    )


def race(record: dict[str, Any], states: int) -> Race:
    """A race that was found after that many states."""
    first, second = (
        _access(access) for access in fields.items(record.get("accesses"), "accesses", 2)
    )
    if first.kind == second.kind == "read":
        raise ValueError("a race of two reads")
    decides = fields.texts(record, "decides")
    return Race(
        run=fields.number(record.get("run"), "run"),
        variable=fields.text(record, "name"),
        model=fields.one_of(record.get("model"), "model", *_RACING),
        accesses=(first, second),
        site=_at(record),
        step=fields.number(record.get("step"), "step"),
        states=states,
        decides=decides,
        reaches=decides,
        fetched=fields.texts(record, "fetched"),
    )


def failed_run(record: dict[str, Any], states: int) -> FailedRun:
    """A session run that failed after that many states."""
    writes: dict[str, Site] = {}
    for item in fields.items(record.get("writes"), "writes"):
        name, path, line = fields.items(item, "write", 3)
        place = Site(fields.typed(path, str, "path"), fields.number(line, "line"))
        writes[fields.typed(name, str, "name")] = place
    return FailedRun(fields.text(record, "failed"), _at(record), states, writes)


def fetched(record: dict[str, Any], states: int) -> Fetched:
    """The fetched values of a run with races, after that many states."""
    run = fields.number(record["fetched"], "run")
    digests = fields.typed(record.get("digests"), dict, "digests")
    for digest in digests.values():
        fields.typed(digest, str, "digest")
    return Fetched(run, states, digests)


def unseen(record: dict[str, Any]) -> Unseen:
    """State that is not recorded."""
    return Unseen(fields.text(record, "unseen"), fields.text(record, "name"), _at(record))


def _at(record: dict[str, Any]) -> Site:
    path, line = fields.items(record.get("at"), "at", 2)
    return Site(fields.typed(path, str, "path"), fields.number(line, "line"))


def _access(value: Any) -> Access:
    kind, op, path, line = fields.items(value, "access", 4)
    site = Site(fields.typed(path, str, "path"), fields.number(line, "line"))
    return Access(fields.one_of(kind, "access", *_ACCESSES), fields.typed(op, str, "op"), site)
