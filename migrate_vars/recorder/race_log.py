"""Records the races of each kind of session run in the trajectory."""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, List, Optional, Sequence, Set, Tuple, cast

from .encoding import as_array, digest_text
from .interfaces import Operation, Resource, Tensor, Value
from .op_writes import FunctionWrites
from .race_finder import Race, RaceFinder, RunRaces
from .recording import Recording
from .run_accesses import is_resource
from .shared_resources import kind_of

#: The beginning of the warning if the analysis of a run failed.
ANALYSIS_FAILED = "race analysis of a session run failed"

# A kind of run: the names of its targets, fetched and fed tensors, the fed booleans, and the
# variables that are uninitialised before.
_Key = Tuple[
    FrozenSet[str], FrozenSet[str], FrozenSet[str], FrozenSet[Tuple[str, bool]], FrozenSet[Resource]
]


class _RecordedRace:
    """A race that has been recorded."""

    def __init__(self, number: int, decides: FrozenSet[Resource]) -> None:
        self.number = number
        self.reaches = decides


class RaceLog:
    """Records the races in runs of a graph; each kind of run is analysed once."""

    def __init__(
        self, recording: Recording, functions: FunctionWrites, name_of: Callable[[Operation], str]
    ) -> None:
        """Takes the recording, the analysis of functions, and the variables' names."""
        self._recording = recording
        self._name_of = name_of
        self._finder = RaceFinder(functions)
        # The result for each kind of run; None if the analysis failed.
        self._found: Dict[_Key, Optional[RunRaces]] = {}
        # The number of each kind of run, and the fetched tensors that depend on its races.
        self._runs: Dict[_Key, Tuple[int, FrozenSet[str]]] = {}
        self._races: List[_RecordedRace] = []
        self._flows: Dict[Resource, Set[Resource]] = {}

    def has_races(
        self,
        targets: Sequence[Operation],
        fetched: Sequence[Tensor],
        fed: List[str],
        fresh: FrozenSet[Operation],
    ) -> bool:
        """Whether a kind of run has races; takes the arguments of :meth:`after_run`."""
        found = self._find(self._key(targets, fetched, fed, fresh), targets, fetched)
        return found is not None and bool(found.races)

    def after_run(
        self,
        targets: Sequence[Operation],
        fetched: Sequence[Tensor],
        fed: List[str],
        fresh: FrozenSet[Operation],
        values: Optional[Sequence[Value]],
    ) -> None:
        """Records the races of a new kind of run, and the fetched values that depend on races.

        Args:
            targets: The target ops.
            fetched: The fetched tensors.
            fed: The names of the fed tensors.
            fresh: The variables that the run initialises for the first time.
            values: The values of ``fetched``, or None if unknown.
        """
        names = [tensor.name for tensor in fetched]
        key = self._key(targets, fetched, fed, fresh)
        if key not in self._runs:
            self._runs[key] = self._record_races(key, targets, fetched)
        run, decided = self._runs[key]
        if decided and values is not None:
            digests = {n: _digest(v) for n, v in zip(names, values) if n in decided}
            self._recording.fetched(run, digests)

    def _key(
        self,
        targets: Sequence[Operation],
        fetched: Sequence[Tensor],
        fed: List[str],
        fresh: FrozenSet[Operation],
    ) -> _Key:
        flags = self._recording.feeds.flags() if fed else {}
        return (
            *(frozenset(op.name for op in targets), frozenset(tensor.name for tensor in fetched)),
            *(frozenset(fed), frozenset(flags.items()), fresh),
        )

    def _find(
        self, key: _Key, targets: Sequence[Operation], fetched: Sequence[Tensor]
    ) -> Optional[RunRaces]:
        if key not in self._found:
            self._found[key] = None
            try:
                self._found[key] = self._finder.find(
                    targets, fetched, set(key[2]), dict(key[3]), key[4]
                )
            except Exception as error:  # an error in the analysis must not affect the program
                self._recording.warn(f"{ANALYSIS_FAILED}: {type(error).__name__}: {error}")
        return self._found[key]

    def _record_races(
        self, key: _Key, targets: Sequence[Operation], fetched: Sequence[Tensor]
    ) -> Tuple[int, FrozenSet[str]]:
        run = self._recording.new_run()
        found = self._find(key, targets, fetched)
        if found is None:
            return run, frozenset()
        for variable, sources in found.flows.items():
            self._flows.setdefault(variable, set()).update(sources)
        read_by_fetching = {tensor.op for tensor in fetched if tensor.op.type == "ReadVariableOp"}
        # Several accesses on the same two lines are reported as one race.
        merged: Dict[Tuple[Any, ...], Race] = {}
        for race in found.races:
            sites = [
                self._recording.site_of(None if a.op in read_by_fetching else a.op.traceback)
                for a in (race.first, race.second)
            ]
            place = (race.variable, *zip(sites, [race.first.use, race.second.use]))
            if place in merged:
                before = merged[place]
                race = before._replace(
                    decides=before.decides | race.decides, fetched=before.fetched | race.fetched
                )
            merged[place] = race
        for (_, *places), race in merged.items():
            self._races.append(
                _RecordedRace(self._write(run, race, [p[0] for p in places]), race.decides)
            )
        self._record_reach()
        return run, frozenset().union(*(race.fetched for race in found.races))

    def _write(self, run: int, race: Race, sites: List[Tuple[str, int]]) -> int:
        accesses = [
            [access.use, access.op.name, *site]
            for access, site in zip((race.first, race.second), sites)
        ]
        return self._recording.race(
            {
                "run": run,
                "name": self._name(race.variable),
                "model": kind_of(race.variable)
                or ("resource" if is_resource(race.variable) else "reference"),
                "accesses": accesses,
                "decides": self._names(race.decides),
                "fetched": sorted(race.fetched),
            }
        )

    def _name(self, variable: Resource) -> str:
        if kind_of(variable) is not None:
            return variable.name
        return self._name_of(cast("Operation", variable))

    def _names(self, variables: FrozenSet[Resource]) -> List[str]:
        return [self._name(v) for v in sorted(variables, key=lambda v: v._id)]

    def _record_reach(self) -> None:
        """Records which variables later runs can make depend on a race."""
        known: Dict[FrozenSet[Resource], FrozenSet[Resource]] = {}
        for race in self._races:
            start = race.reaches
            if start not in known:
                reached = set(start)
                while True:
                    more = {
                        variable
                        for variable, sources in self._flows.items()
                        if variable not in reached and not reached.isdisjoint(sources)
                    }
                    if not more:
                        break
                    reached |= more
                known[start] = frozenset(reached)
            if known[start] != start:
                race.reaches = known[start]
                self._recording.race_reaches(race.number, self._names(race.reaches))


def _digest(value: Value) -> str:
    return digest_text(as_array(value))
