"""Writes a trajectory file; ``docs/trajectory-format.md`` describes it."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from migrate_vars.recorder.encoding import encode_array, to_base64
from migrate_vars.recorder.writer import FORMAT, VERSION
from migrate_vars.trajectory.records import (
    FailedRun,
    FedCall,
    Race,
    Site,
    Summary,
    TrajectoryData,
)


def write_trajectory(trajectory: TrajectoryData, path: Path) -> None:
    """Writes a trajectory file, which :func:`reading.read_trajectory` reads back as the same.

    Args:
        trajectory: The trajectory. Where it is "incomplete", so is the file.
        path: The file; an existing one is replaced, once the new one is complete.

    Raises:
        OSError: If the file cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with partial.open("w", encoding="utf-8") as file:
            for record in _records(trajectory):
                file.write(json.dumps(record, separators=(",", ":"), allow_nan=False) + "\n")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _records(trajectory: TrajectoryData) -> Iterator[dict[str, Any] | list[Any]]:
    yield {**trajectory.header, "format": FORMAT, "version": VERSION}
    ids = {name: number for number, name in enumerate(trajectory.variables)}
    for name, variable in trajectory.variables.items():
        known = {"name": name, "dtype": variable.dtype, "shape": list(variable.shape)}
        yield {
            "variable": ids[name],
            **known,
            **({"owner": variable.owner} if variable.owner else {}),
        }
    places: dict[Site, int] = {}
    used = [state.site for state in trajectory.states] + [op.site for op in trajectory.random]
    for site in [Site("", 0), *used, *trajectory.shuffles]:
        if site not in places:
            places[site] = len(places)
            yield {"site": places[site], "path": site.path, "line": site.line}
    last: dict[str, str] = {}

    def entry(name: str, count: int | None, digest: str) -> list[Any]:
        short: list[Any] = [ids[name], count, digest]
        if last.get(name) == digest:
            return short
        last[name] = digest
        value = trajectory.values.get((name, digest))
        summary = trajectory.summaries.get((name, digest))
        if value is not None:
            short.append(to_base64(encode_array(value)))
            shape = value.shape
        elif summary is not None:
            short.append(_summary_items(summary))
            shape = summary.shape
        else:
            return short
        return short if shape == trajectory.variables[name].shape else [*short, list(shape)]

    later: dict[int, list[str]] = {}
    for name in trajectory.initial:
        later.setdefault(trajectory.begins.get(name, 0), []).append(name)
    numbers = itertools.count()

    def initial(states: int) -> list[Any]:
        step = trajectory.states[states - 1].step if states else 0
        entries = (entry(name, 0, trajectory.initial[name]) for name in later.get(states, ()))
        return [next(numbers), step, 0, *entries]

    yield initial(0)
    after: dict[int, list[dict[str, Any]]] = {}
    for number, race in enumerate(trajectory.races):
        after.setdefault(race.states, []).append(_race(number, race))
    for each in trajectory.fetched:
        record = {"fetched": each.run, "digests": dict(each.digests)}
        after.setdefault(each.states, []).append(record)
    for failed in trajectory.failed:
        after.setdefault(failed.states, []).append(_failed_run(failed))
    yield from after.get(0, ())
    feeds = {
        key: number
        for number, key in enumerate(
            dict.fromkeys(
                replace(fed, digest="") for call in trajectory.feeds for fed in call.values
            )
        )
    }
    for fed, number in feeds.items():
        yield {"feed": number, "name": fed.name, "dtype": fed.dtype, "shape": list(fed.shape)}
    calls: dict[int, list[FedCall]] = {}
    for fed_call in trajectory.feeds:
        calls.setdefault(fed_call.state, []).append(fed_call)
    for number, state in enumerate(trajectory.states, 1):
        for fed_call in calls.get(number - 1, ()):
            values = fed_call.values
            entries = [[feeds[replace(fed, digest="")], fed.digest] for fed in values]
            yield {"fed": entries, "call": fed_call.call}
        written = [entry(name, write.count, write.digest) for name, write in state.writes.items()]
        yield [next(numbers), state.step, places[state.site], *written]
        yield from after.get(number, ())
        if number in later:
            yield initial(number)
    for number, race in enumerate(trajectory.races):
        if race.reaches != race.decides:
            yield {"reaches": number, "variables": list(race.reaches)}
    for op in trajectory.random:
        known = {name: value for name, value in asdict(op).items() if name not in ("kind", "site")}
        if op.like is None:
            del known["like"]
        yield {"random": op.kind, "site": places[op.site], **known}
    for site in trajectory.shuffles:
        yield {"shuffle": places[site]}
    for number in trajectory.idle:
        yield {"idle": number}
    for call in trajectory.evidence:
        yield {"evidence": asdict(call)}
    for unseen in trajectory.unseen:
        place = [unseen.site.path, unseen.site.line]
        yield {"unseen": unseen.kind, "name": unseen.name, "at": place}
    if trajectory.perturbed:
        yield {"perturbed": trajectory.perturbed}
    for warning in trajectory.warnings:
        yield {"warning": warning}
    if trajectory.status != "incomplete":
        yield {"end": trajectory.status, "detail": trajectory.detail}


def _summary_items(summary: Summary) -> list[Any]:
    items: list[Any] = [to_base64(encode_array(summary.samples))]
    found = summary.statistics
    if found is not None:
        items += [found.minimum, found.maximum, found.mean, found.n_not_finite]
    return items


def _race(number: int, race: Race) -> dict[str, Any]:
    return {
        "race": number,
        "run": race.run,
        "name": race.variable,
        "model": race.model,
        "accesses": [[a.kind, a.op, a.site.path, a.site.line] for a in race.accesses],
        "decides": list(race.decides),
        "fetched": list(race.fetched),
        "step": race.step,
        "at": [race.site.path, race.site.line],
    }


def _failed_run(failed: FailedRun) -> dict[str, Any]:
    return {
        "failed": failed.op,
        "at": [failed.site.path, failed.site.line],
        "writes": [[name, site.path, site.line] for name, site in failed.writes.items()],
    }
