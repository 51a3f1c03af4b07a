"""The recording of one run: receives writes from the session and eager hooks and writes states."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .evidence import EvidenceRecorder
from .feeds import Feeds
from .fetches import Fetches
from .forcing import Forcing
from .steps import Site, StepCounter, UserCode, runs_a_queue
from .writer import TrajectoryWriter

Write = Tuple[str, Optional[int], Any]
#: Sets the variable of a name, and says whether it could.
Assign = Callable[[str, Any], bool]

_NOT_SET = "variable {!r} could not be set to the reference's value"


class Recording:
    """Numbers steps and states, and keeps hooks out of what the recorder does itself."""

    def __init__(self, writer: TrajectoryWriter, user_code: UserCode) -> None:
        """Records into ``writer``.

        Args:
            writer: Takes the states.
            user_code: Tells where in the program a write happens.
        """
        self.evidence = EvidenceRecorder(writer, user_code)
        self._writer = writer
        self.user_code = user_code
        self._steps = StepCounter()
        self._names: Set[str] = set()
        self._initialised: Set[str] = set()
        self._warned: Set[str] = set()
        self._local = threading.local()
        self._lock = threading.RLock()
        self._thread: Optional[int] = None
        self._runs = 0
        self._races = 0
        #: Whether to look for races in session runs.
        self.races = False
        #: How many states so far wrote variables after their initialisation.
        self.trained = 0
        #: What calls are fed.
        self.feeds = Feeds()
        #: What the program takes out of TensorFlow.
        self.fetches = Fetches()
        #: What variables are to be set to, if anything.
        self.forcing: Optional[Forcing] = None
        self._states = 0

    @property
    def step(self) -> int:
        """The training step that the program is at."""
        return self._steps.step

    @property
    def busy(self) -> bool:
        """Whether nothing is to be recorded: inside the recorder's own reads, and after the end."""
        return self._writer.ended or getattr(self._local, "busy", False)

    def __enter__(self) -> Recording:
        self._lock.acquire()
        self._local.busy = True
        return self

    def __exit__(self, *exc: object) -> None:
        self._local.busy = False
        self._lock.release()

    def unique_name(self, name: str) -> str:
        """Makes a variable's name unique the way that a TF1 graph does: ``v``, ``v_1``, ``v_2``."""
        name = name.split(":", 1)[0].rstrip("/") or "Variable"
        unique, number = name, 0
        while unique in self._names:
            number += 1
            unique = f"{name}_{number}"
        self._names.add(unique)
        return unique

    def metric(self, name: str) -> None:
        """Takes note that a variable is one of a metric, before it is written."""
        self._writer.metrics.add(name)

    def record(
        self, writes: List[Write], assign: Optional[Assign] = None, starts: bool = True
    ) -> None:
        """Records the state after some variables were written, and forces values if it is to.

        Args:
            writes: Of each its name, the number of writes (0: it was initialised) and the value.
            assign: Sets a variable; None where nothing can be set.
            starts: Whether the first value of a variable is the one that it starts with.
        """
        if not writes or runs_a_queue():
            return  # how far its readers have got ahead is no state of the program's
        thread = threading.get_ident()
        if self._thread is None:
            self._thread = thread
        elif self._thread != thread:
            self.warn("several threads write variables: the order of states is not defined")
        if self.forcing is not None and assign is not None:
            writes = self._started(writes, self.forcing, assign, starts)
        # Whatever gives a variable its first value initialises it, a restored checkpoint too.
        writes = [(n, c if n in self._initialised else 0, value) for n, c, value in writes]
        self._initialised.update(name for name, _, _ in writes)
        position = self.user_code.position()
        trained = [name for name, count, _ in writes if count != 0]
        self.trained += bool(trained)
        fed = [(call.number, call.items) for call in self.feeds.take()] if trained else []
        step = self._steps.count(position, trained) if trained else self._steps.step
        self._writer.state(step, self.shown(position.site), writes, fed)
        if self.forcing is not None and assign is not None:
            for name, value in self.forcing.after(self._states).items():
                if not assign(name, value):
                    self.warn(_NOT_SET.format(name))
        self._states += 1

    def _started(
        self, writes: List[Write], forcing: Forcing, assign: Assign, starts: bool
    ) -> List[Write]:
        """Gives the variables that these writes initialise the values with which they are to."""
        new = [
            name
            for name, count, _ in writes
            if name not in self._initialised or (count == 0 and not self.trained)
        ]
        values = forcing.initial(new)
        for name in list(values):
            if not starts or not assign(name, values[name]):
                self.warn(_NOT_SET.format(name))
                del values[name]
        return [(name, count, values.get(name, value)) for name, count, value in writes]

    def random_op(self, kind: str, site: Site) -> None:
        """Records a random op whose seeds were chosen here, in order."""
        self._writer.random_op(kind, self.shown(site))

    def shown(self, site: Site) -> Tuple[str, int]:
        """What to call a line of the user's code."""
        return self.user_code.shown(site.path), site.line

    def new_run(self) -> int:
        """The number of a kind of session run that has not been looked at before."""
        self._runs += 1
        return self._runs - 1

    def race(self, race: Dict[str, Any]) -> int:
        """Records a race in the run that has just been made, and returns its number."""
        place = {"step": self._steps.step, "at": list(self.site_of(None))}
        self._writer.race(dict({"race": self._races}, **race, **place))
        self._races += 1
        return self._races - 1

    def race_reaches(self, number: int, variables: List[str]) -> None:
        """Records to which variables the outcome of a race can come, in any number of runs."""
        self._writer.race({"reaches": number, "variables": variables})

    def fetched(self, run: int, digests: Dict[str, str]) -> None:
        """Records what a run has fetched that its races decide, by the names of tensors."""
        self._writer.race({"fetched": run, "digests": digests})

    def site_of(self, traceback: Any) -> Tuple[str, int]:
        """The user's innermost line in an op's traceback; None: the line that is active now."""
        site = (
            self.user_code.position().site
            if traceback is None
            else self.user_code.made_at(traceback)
        )
        return self.shown(site)

    def warn(self, message: str) -> None:
        """Records a warning once."""
        if message not in self._warned:
            self._warned.add(message)
            self._writer.warn(message)
