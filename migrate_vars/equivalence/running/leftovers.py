"""Lets each run of a program begin with the files that were there at first.

Many programs save what they have trained, and go on from it where they find it. So what a run
changes is put back when it has ended, in the folder that it runs in and everywhere else: it is
looked after while it runs, and the original of each file is kept before it is changed (see
``watching`` and ``originals``). That costs nothing where a program writes nothing, however much
there is in the folder, and touches nothing that anybody else writes there meanwhile.

Left as they are: what programs share as a cache (folders of a home whose names begin with a dot,
downloads of TensorFlow's libraries), and devices.

Where the system cannot tell of changes (macOS, Linux before 5.5, some containers), only the current
folder is protected, by looking through it before and after each run (see ``snapshots``).
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from migrate_vars.equivalence.running.originals import BEAT, Originals
from migrate_vars.equivalence.running.snapshots import Snapshots
from migrate_vars.equivalence.running.watching import Change, Watch, can_watch

_Result = TypeVar("_Result")

# The names of our own temporary folders begin like this.
_OWN = "migrate-vars-"
_SYSTEM = ("/dev/", "/proc/", "/sys/")
_MEMORY = "/dev/shm/"  # a disk like any other
# Folders in which TensorFlow's libraries keep what they have downloaded, and Python what it has
# compiled.
_CACHES = frozenset(
    ["tensorflow_datasets", "tfhub_modules", "site-packages", "dist-packages", "__pycache__"]
)
# The number of problems that are named.
_NAMED = 5


@dataclass(eq=False)
class _Turn:
    """One run that is going on: whether others went on meanwhile."""

    overlaps: bool = False


class Leftovers:
    """Keeps runs apart; a context manager, which leaves everything as it was."""

    def __init__(self, folder: Path, keep_files: bool = False, only_watched: bool = False) -> None:
        """Puts back what a process could not that was killed.

        Args:
            folder: Where the programs run.
            keep_files: Whether to leave what the first run leaves.
            only_watched: Whether to do nothing where the system cannot tell of changes.
        """
        self._folder = os.path.realpath(folder)
        self._is_current = os.path.realpath(".") == self._folder
        self._keep_next = keep_files
        self._only_watched = only_watched
        self._originals = Originals(Path(self._folder))
        self._snapshots: Snapshots | None = None
        self._temporary = os.path.realpath(tempfile.gettempdir()) + os.sep
        self._home = os.path.realpath(os.path.expanduser("~")) + os.sep
        self._changing = threading.Condition()
        self._turns: list[_Turn] = []
        self._one_by_one = not (can_watch() or only_watched)

    def __enter__(self) -> Leftovers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Leaves what was there, or what the first run has left."""
        self._originals.put_back()  # where that was interrupted
        if self._snapshots is not None:
            self._snapshots.close()
        self._originals.repeat_changes(really=kind is None)

    @property
    def notes(self) -> Sequence[str]:
        """What could not be protected, and what was found of a killed process, in words."""
        found = list(dict.fromkeys(self._originals.problems))
        more = len(found) - _NAMED
        return found[:_NAMED] + [f"and {more} more files"] * (more > 0)

    def undisturbed(self, run: Callable[[str], _Result]) -> _Result:
        """Makes a run that sees what no other one has left.

        Runs may go on side by side until one changes a file. It, and those that went on meanwhile,
        are then made again, and from then on runs go one by one.

        Args:
            run: Makes the run; gets the address to which it reports its changes, or "".
        """
        while True:
            turn = self._begin_turn()
            try:
                with self._watched() as address:
                    result = run(address)
            finally:
                disturbed = self._end_turn(turn)
            if not disturbed:
                return result

    def _begin_turn(self) -> _Turn:
        with self._changing:
            self._changing.wait_for(
                lambda: not self._turns or not (self._one_by_one or self._originals.changed)
            )
            turn = _Turn()
            self._turns.append(turn)
            if len(self._turns) > 1:
                for each in self._turns:
                    each.overlaps = True
            return turn

    def _end_turn(self, turn: _Turn) -> bool:
        """Restores all after the last run; returns whether other runs disturbed this one."""
        with self._changing:
            disturbed = turn.overlaps and self._originals.changed
            self._one_by_one = self._one_by_one or disturbed
            try:
                if len(self._turns) == 1:
                    if self._snapshots is not None:
                        self._snapshots.end()
                    self._originals.put_back(self._keep_next and not disturbed)
                    self._keep_next = self._keep_next and disturbed
                    self._return()
            finally:
                self._turns.remove(turn)
                self._changing.notify_all()
            return disturbed

    @contextlib.contextmanager
    def _watched(self) -> Iterator[str]:
        """Looks after a run; gives the address to which it reports its changes, or ""."""
        over = threading.Event()
        beating = threading.Thread(target=self._beat, args=[over], daemon=True)
        beating.start()
        try:
            if can_watch():
                with Watch(self._before, self._begin_run) as watch:
                    yield watch.address
            else:
                self._begin_run(False)
                yield ""
        finally:
            over.set()
            beating.join()

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            self._originals.beat()

    def _begin_run(self, watched: bool) -> None:
        if not (watched or self._only_watched):
            with self._changing:
                self._one_by_one = True
                if self._snapshots is None:
                    self._snapshots = Snapshots(self._folder, self._originals)
                self._snapshots.begin()

    def _before(self, change: Change) -> bool:
        """Keeps what a program is about to change; returns whether it may."""
        path = change.path
        if not path:
            self._originals.problems.append("a change that a program made could not be identified")
            return True
        if self._originals.holds(path):
            return False  # else the user's files would be lost
        if self._is_free(path):
            return True
        if change.writes and path.startswith(self._temporary + _OWN):
            return True  # the recorder's; it may not go, though
        try:
            if change.moves_to:
                self._originals.keep_moved(path, change.moves_to)
                return not self._originals.are_below(path)
            self._originals.keep(path, change.writes)
        except OSError as error:
            reason = error.strerror or str(error)
            self._originals.problems.append(f"{path} could not be kept ({reason})")
        return True

    def _is_free(self, path: str) -> bool:
        """Whether programs may change something for good."""
        if path == self._folder or path.startswith(self._folder + os.sep):
            return False
        if path.startswith(_SYSTEM) and not path.startswith(_MEMORY):
            return True
        if not _CACHES.isdisjoint(path.split(os.sep)):
            return True
        return path.startswith(self._home + ".")

    def _return(self) -> None:
        """Goes back to the folder if a program has removed it: another one is there by now."""
        if self._is_current:
            try:
                os.getcwd()
            except OSError:
                with contextlib.suppress(OSError):
                    os.chdir(self._folder)
