"""The recording of a run: receives writes from the session and eager hooks, writes states."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import weakref
from typing import Callable, ContextManager, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from .fed_values import FedValues
from .fetched_values import FetchedValues
from .forced_values import ForcedValues
from .interfaces import Assign, Graph, JsonObject, Place, Traceback, Value, Write
from .perturbation import Perturbation
from .state_op_receivers import ReceiverRecorder
from .steps import StepCounter
from .user_code import Site, UserCode, runs_a_queue
from .variable_owners import METRIC, owner_of
from .writer import TrajectoryWriter

# Maximum number of records about state that is not recorded.
_UNSEEN = 10_000
_FAILED = "the run at {}:{} failed after it had written {}"
_NOT_SET = "variable {!r} could not be set to the reference's value"


def _after_fork(recording: Callable[[], Optional[Recording]]) -> None:
    found = recording()
    if found is not None:
        found.continue_in_child()


class Recording:
    """Numbers steps and states, and excludes the recorder's own operations."""

    def __init__(self, writer: TrajectoryWriter, user_code: UserCode) -> None:
        """Records into ``writer``.

        Args:
            writer: Receives the states.
            user_code: Finds the line of the program that causes a write.
        """
        self.receivers = ReceiverRecorder(writer, user_code)
        self._writer = writer
        self.user_code = user_code
        self._steps = StepCounter()
        self._names: Set[str] = set()
        self._initialised: Set[str] = set()
        self._warned: Set[str] = set()
        # For variables of further sessions, the name in the graph and the session's number.
        self._sessions: Dict[str, Tuple[str, int]] = writer.sessions
        self._turn, self._turns, self._by_turns = 1, {1}, False
        # For each variable, its names in the sessions that trained it, the latest last.
        self._order: Dict[str, List[str]] = {}
        self._apart: Set[str] = set()
        self._trained: Set[str] = set()
        self._unseen: Set[Tuple[str, str, Place]] = set()
        self._shuffles: Set[Site] = set()
        self._local = threading.local()
        self._lock = threading.RLock()
        self._thread: Optional[int] = None
        self._runs = 0
        self._races = 0
        #: Whether to look for races in session runs.
        self.races = False
        #: The number of states so far that wrote initialised variables.
        self.trained = 0
        #: The values that calls are fed.
        self.feeds = FedValues()
        #: The values that the program takes out of TensorFlow.
        self.fetches = FetchedValues()
        #: The values that variables are set to, if any.
        self.forcing: Optional[ForcedValues] = None
        #: The perturbation of rounding, if any.
        self.perturbation: Optional[Perturbation] = None
        self._states = 0
        if hasattr(os, "register_at_fork"):
            # Not a bound method, which would never be freed, and crashes Python 3.7 at exit.
            os.register_at_fork(after_in_child=functools.partial(_after_fork, weakref.ref(self)))

    def continue_in_child(self) -> None:
        """Called in a forked child: open files belong to the parent."""
        self._lock, self._local = threading.RLock(), threading.local()
        self._thread = None
        self.races, self.feeds, self.forcing = False, FedValues(), None

    @property
    def step(self) -> int:
        """The current training step."""
        return self._steps.step

    @property
    def busy(self) -> bool:
        """Whether to record nothing: during the recorder's own reads, and after the end."""
        return self._writer.ended or getattr(self._local, "busy", False)

    def __enter__(self) -> Recording:
        self._lock.acquire()
        self._local.busy = True
        return self

    def __exit__(self, *exc: object) -> None:
        self._local.busy = False
        self._lock.release()

    @property
    def sets(self) -> bool:
        """Whether variables may have to be set."""
        return self.forcing is not None or self.perturbation is not None

    def rounding(self, graph: Graph) -> ContextManager[None]:
        """The context in which to make a run of a graph."""
        if self.perturbation is None or not self.perturbation.rounds(graph):
            return contextlib.nullcontext()
        return self.perturbation.rounding()

    def rounds(self, graph: Graph) -> bool:
        """Whether the rounding of runs of a graph is perturbed."""
        return self.perturbation is not None and self.perturbation.rounds(graph)

    def unique_name(self, name: str) -> str:
        """Makes a variable's name unique as a TF1 graph does: ``v``, ``v_1``, ``v_2``."""
        name = name.split(":", 1)[0].rstrip("/") or "Variable"
        unique, number = name, 0
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique

    def is_metric(self, name: str) -> bool:
        """Whether a variable belongs to a metric."""
        return self._writer.owners.get(name) == METRIC

    def made(self, name: str, traceback: Optional[Traceback] = None) -> None:
        """Notes the owner of a new variable, if a part of TensorFlow created it."""
        owner = owner_of(self.user_code.is_user_file, traceback)
        if owner:
            self._writer.owners[name] = owner

    def record(
        self,
        writes: List[Write],
        assign: Optional[Assign] = None,
        starts: bool = True,
        passing: Sequence[Write] = (),
        trains: bool = True,
        rounded: bool = False,
    ) -> None:
        """Records the state after some variables were written, and sets values if required.

        Args:
            writes: The writes.
            assign: Sets a variable; None if variables cannot be set.
            starts: Whether the first value of a variable is its initial value.
            passing: Possible writes of datasets; unchanged values are left out. They do not begin a
                step.
            trains: Whether the writes may be training; not for a restored checkpoint.
            rounded: Whether the run that wrote was itself perturbed.
        """
        passing = self.changed(passing) if passing else passing
        if not (writes or passing) or runs_a_queue():
            return  # prefetched elements are not part of the program's state
        thread = threading.get_ident()
        if self._thread is None:
            self._thread = thread
        elif self._thread != thread:
            self.warn("several threads write variables: the order of states is undefined")
        moves = None if rounded else self.perturbation
        if self.forcing is not None and assign is not None:
            writes = self._force_initial(writes, self.forcing, assign, starts)
        if self.perturbation is not None and assign is not None and starts:
            writes = self._perturb_initial(writes, self.perturbation, assign)
        names = [name for name, _, _ in writes]
        writes = [*writes, *passing]
        # The first write of a variable is its initialisation, even if from a checkpoint.
        known = self._initialised
        if self._sessions:
            known = {name for name, _, _ in writes if self.own_name(name) in known}
            self._initialised.update(self.own_name(name) for name, _, _ in writes)
        writes = [(n, c if n in known else 0, value) for n, c, value in writes]
        if not self._sessions:
            known.update(name for name, _, _ in writes)
        position = self.user_code.position()
        trained = [name for name, count, _ in writes if count != 0]
        self.trained += bool(trained)
        fed = [(call.number, call.items) for call in self.feeds.take()] if trained else []
        steps = trained if not passing else [name for name in trained if name in names]
        apart = self._take_turns(writes, trained if trains else []) if self._sessions else []
        if self._sessions and not self._by_turns:
            steps = [self.own_name(name) for name in steps]
        # A metric is reset before a batch, too, in a run of its own.
        deciding = [name for name in steps if not self.is_metric(name)]
        step = self._steps.count(position, steps, deciding) if steps else self._steps.step
        self._writer.state(step, self.shown(position.site), writes, fed)
        for name in apart:
            self._writer.apart(name)
        self._trained.update(trained)
        if assign is not None:
            for name, value in self._values_to_set(writes if trained else (), moves).items():
                if assign(name, value):
                    self._writer.has(name, value)
                else:
                    self.warn(_NOT_SET.format(name))
        self._states += 1

    def numbered(self, name: str, session: int) -> str:
        """The name of a variable in a further session of its graph."""
        full = f"{name} (session {session})"
        self._sessions[full] = name, session
        return full

    def own_name(self, name: str) -> str:
        """The name of a variable in its graph."""
        return self._sessions[name][0] if name in self._sessions else name

    def _take_turns(self, writes: List[Write], trained: List[str]) -> List[str]:
        """Tracks which sessions write a variable.

        Returns:
            Variables of further sessions that turn out to be trained alternately with another
            session's.
        """
        _, session = self._sessions.get(writes[0][0], ("", 1))
        if session != self._turn and session in self._turns:
            self._by_turns = True
        self._turns.add(self._turn)
        self._turn = session
        apart: List[str] = []
        for name in trained:
            own = self.own_name(name)
            # Before there was a second session, only the first one trained.
            order = self._order.setdefault(own, [own] if own in self._trained else [])
            if name in order and order[-1] != name:
                apart += [each for each in order if each != own and each not in self._apart]
                self._apart.update(apart)
            if name not in order:
                order.append(name)
            elif order[-1] != name:
                order.remove(name)
                order.append(name)
        return list(dict.fromkeys(apart))

    def changed(self, writes: Sequence[Write]) -> List[Write]:
        """The writes whose values differ from the last recorded ones."""
        return [write for write in writes if self._writer.differs(write[0], write[2])]

    def record_failed(
        self,
        writes: List[Write],
        assign: Assign,
        starts: bool = True,
        passing: Sequence[Write] = (),
    ) -> List[str]:
        """Records the changes made by something that then failed.

        Args:
            writes: The possible writes; see :meth:`record`.
            assign: See :meth:`record`.
            starts: See :meth:`record`.
            passing: See :meth:`record`.

        Returns:
            The initialised variables whose values have changed.
        """
        if runs_a_queue():
            return []
        writes = self.changed(writes)
        names = [name for name, count, _ in writes if count != 0 and name in self._initialised]
        self.record(writes, assign, starts, passing)
        if names:
            self.warn(_FAILED.format(*self.site_of(None), ", ".join(map(repr, names))))
        return names

    def begins(self, writes: List[Write]) -> None:
        """Records the initial values of variables that have not been recorded yet."""
        self.record([write for write in writes if write[0] not in self._initialised])

    def _starting(self, writes: List[Write]) -> List[str]:
        """The written variables that get their initial value."""
        return [
            name
            for name, count, _ in writes
            if self.own_name(name) not in self._initialised or (count == 0 and not self.trained)
        ]

    def _force_initial(
        self, writes: List[Write], forcing: ForcedValues, assign: Assign, starts: bool
    ) -> List[Write]:
        """Sets variables that are initialised to the given initial values."""
        values = forcing.initial(self._starting(writes))
        for name in list(values):
            if not starts or not assign(name, values[name]):
                self.warn(_NOT_SET.format(name))
                del values[name]
        return [(name, count, values.get(name, value)) for name, count, value in writes]

    def random_op(self, kind: str, site: Site, record: JsonObject) -> None:
        """Records a random op with aligned seeds, in order of creation."""
        self._writer.random_op(kind, self.shown(site), record)

    def shuffle(self, site: Site) -> None:
        """Records that a dataset is shuffled, once for each line."""
        if site not in self._shuffles:
            self._shuffles.add(site)
            self._writer.shuffle(self.shown(site))

    def idle_draw(self, number: int) -> None:
        """Records that a random op, given by its number, drew outside of training."""
        self._writer.idle_draw(number)

    def _perturb_initial(
        self, writes: List[Write], perturbation: Perturbation, assign: Assign
    ) -> List[Write]:
        """Moves the initial values of variables by one ULP, if they can be set."""
        new = set(self._starting(writes))
        found: List[Write] = []
        for name, count, value in writes:
            moved = perturbation.move(value) if name in new else None
            known = moved is not None and assign(name, moved)
            found.append((name, count, moved if known else value))
        return found

    def _values_to_set(
        self, writes: Iterable[Write], moves: Optional[Perturbation]
    ) -> Dict[str, Value]:
        """The values to set variables to after the state made by these writes."""
        forced = {} if self.forcing is None else self.forcing.after(self._states)
        if moves is None:
            return forced
        moves.moved = True
        left = dict({name: value for name, _, value in writes}, **forced)
        moved = {name: moves.move(value) for name, value in left.items()}
        return dict(forced, **{n: value for n, value in moved.items() if value is not None})

    def shown(self, site: Site) -> Place:
        """Path and line of the user's code, as written in the trajectory."""
        return self.user_code.place(site.path, site.line)

    def new_run(self) -> int:
        """The number of a new kind of session run."""
        self._runs += 1
        return self._runs - 1

    def race(self, race: JsonObject) -> int:
        """Records a race in the current run, and returns its number."""
        place = {"step": self._steps.step, "at": list(self.site_of(None))}
        self._writer.race(dict({"race": self._races}, **race, **place))
        self._races += 1
        return self._races - 1

    def failure(self, op: str, writes: Dict[str, Place]) -> None:
        """Records that writes and the failure of a later op are unordered.

        Args:
            op: The op that failed.
            writes: The lines that created the writing ops, by variable.
        """
        places = [[name, *site] for name, site in writes.items()]
        self._writer.note({"failed": op, "at": list(self.site_of(None)), "writes": places})

    def unseen(self, kind: str, name: str = "", site: Optional[Place] = None) -> None:
        """Records, once, that some state is not recorded.

        Args:
            kind: The kind of state, such as "queue".
            name: Its name in the program, if any.
            site: The line that created it; by default the current line.
        """
        site = self.site_of(None) if site is None else site
        key = (kind, name, site)
        if key not in self._unseen and len(self._unseen) < _UNSEEN:
            self._unseen.add(key)
            self._writer.note({"unseen": kind, "name": name, "at": list(site)})

    def race_reaches(self, number: int, variables: List[str]) -> None:
        """Records which variables a race can affect, in any number of runs."""
        self._writer.race({"reaches": number, "variables": variables})

    def fetched(self, run: int, digests: Dict[str, str]) -> None:
        """Records the fetched values of a run that depend on its races, by tensor name."""
        self._writer.race({"fetched": run, "digests": digests})

    def site_of(self, traceback: Optional[Traceback]) -> Place:
        """The user's innermost line in an op's traceback; for None, the current line."""
        site = (
            self.user_code.position().site
            if traceback is None
            else self.user_code.made_at(traceback)
        )
        return self.shown(site)

    def warn(self, message: str) -> None:
        """Records a warning, once."""
        if message not in self._warned:
            self._warned.add(message)
            self._writer.warn(message)
