"""Rewriting in several processes: the same results in the same order, a crash included.

A worker takes a few files at a time and sends a result as soon as there is something to say, so
that a worker's death leaves no doubt about which files are done. At any time only a few batches
are under way: memory does not grow with the number of files.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from migrate_vars.workspace.discovery import Found
from migrate_vars.workspace.file_results import FileResult, crash
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_file import rewrite_found

BATCH = 16
# Where forking is safe, it costs a hundredth of starting afresh.
_FORK = sys.platform == "linux"


def rewrite_in_processes(
    files: Iterator[Found], options: Options, jobs: int
) -> Iterator[FileResult]:
    """Rewrite files in up to ``jobs`` processes; yield the results in the order of the files."""
    return _Pool(files, options, jobs).run()


@dataclass(slots=True)
class _Batch:
    """Files that are handed out together.

    Attributes:
        files: The files.
        results: What became of each; an empty result where there are no findings.
        at: The first file that may not be done.
        single: Whether one file is handed out at a time, to find out which one kills workers.
    """

    files: list[Found]
    results: list[FileResult]
    at: int = 0
    single: bool = False

    @property
    def work(self) -> list[Found]:
        """What to hand out next."""
        return self.files[self.at : self.at + 1] if self.single else self.files[self.at :]


@dataclass(slots=True)
class _Worker:
    """A process, and the batch that it works on."""

    process: BaseProcess
    connection: Connection
    batch: _Batch | None = None


@dataclass(slots=True)
class _Pool:
    """The workers, and the batches in the order of their files."""

    files: Iterator[Found]
    options: Options
    jobs: int
    workers: list[_Worker] = field(default_factory=list)
    batches: deque[_Batch] = field(default_factory=deque)
    waiting: deque[_Batch] = field(default_factory=deque)

    def run(self) -> Iterator[FileResult]:
        """Yield all results."""
        try:
            while True:
                self._fill()
                if not self.batches:
                    return
                self._hand_out()
                self._collect()
                while self.batches and not self.batches[0].work:
                    yield from self.batches.popleft().results
        finally:
            self._stop()

    def _fill(self) -> None:
        while len(self.batches) < 4 * self.jobs:
            files = list(islice(self.files, BATCH))
            if not files:
                return
            batch = _Batch(files, [FileResult(found.path) for found in files])
            self.batches.append(batch)
            self.waiting.append(batch)

    def _hand_out(self) -> None:
        while self.waiting:
            worker = next((w for w in self.workers if w.batch is None), None)
            if worker is None:
                if len(self.workers) >= self.jobs:
                    return
                worker = self._start()
            worker.batch = self.waiting.popleft()
            # That a worker has died is seen when its answer is waited for.
            with contextlib.suppress(OSError):
                worker.connection.send(worker.batch.work)

    def _collect(self) -> None:
        busy = {w.connection: w for w in self.workers if w.batch is not None}
        for connection in wait(list(busy)):
            assert isinstance(connection, Connection)
            worker = busy[connection]
            batch = worker.batch
            assert batch is not None
            try:
                result: FileResult | None = connection.recv()
            except (EOFError, OSError):
                self._bury(worker, batch)
                continue
            if result is not None:
                while batch.files[batch.at].path != result.path:
                    batch.at += 1
                batch.results[batch.at] = result
                batch.at += 1
            else:
                batch.at += len(batch.work)
                self._release(worker, batch)

    def _release(self, worker: _Worker, batch: _Batch) -> None:
        worker.batch = None
        if batch.work:
            self.waiting.appendleft(batch)

    def _bury(self, worker: _Worker, batch: _Batch) -> None:
        """Handle a worker's death at one of the files of its batch."""
        self.workers.remove(worker)
        worker.connection.close()
        worker.process.join()
        if batch.work and (batch.single or len(batch.work) == 1):
            path = batch.files[batch.at].path
            batch.results[batch.at] = crash(path, _cause(worker.process.exitcode))
            batch.at += 1
        batch.single = True
        self._release(worker, batch)

    def _start(self) -> _Worker:
        context = _context()
        ours, theirs = context.Pipe()
        inherited = [ours, *(w.connection for w in self.workers)] if _FORK else []
        process = context.Process(target=_work, args=(theirs, self.options, inherited), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self.workers.append(worker)
        return worker

    def _stop(self) -> None:
        for worker in self.workers:
            worker.connection.close()
            if worker.batch is not None:  # nobody waits for it; files are replaced as a whole
                worker.process.terminate()
        for worker in self.workers:
            worker.process.join()


if sys.platform == "linux":

    def _context() -> multiprocessing.context.ForkContext:
        return multiprocessing.get_context("fork")

else:

    def _context() -> multiprocessing.context.SpawnContext:
        return multiprocessing.get_context("spawn")


def _work(connection: Connection, options: Options, inherited: list[Connection]) -> None:
    """Handle batches until there are no more."""
    # An interrupt reaches the whole group; the main process decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    for other in inherited:  # or we would not see that the main process is gone
        other.close()
    with contextlib.suppress(EOFError, OSError):
        while True:
            files: list[Found] = connection.recv()
            for found in files:
                result = rewrite_found(found, options)
                if result.findings or result.changed or result.inspected is not None:
                    connection.send(result)
            connection.send(None)


def _cause(code: int | None) -> str:
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"
