"""Tracks the event files to which a program writes its summaries.

Their contents are read after the run, by the process that compares them. Programs rarely close
their writers, and this process exits without giving TensorFlow time to do so, so all are flushed.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21:
``event_file_writer.EventFileWriter`` with ``_closed`` and ``flush``, used by every
``tf.compat.v1.summary.FileWriter``; ``gen_summary_ops.create_summary_file_writer``, which creates
the writers of ``tf.summary``, and ``flush_summary_writer``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import threading
from typing import Callable, Dict, Iterator, List, Optional, Set

from .interfaces import Function, TensorFlowClass, TensorFlowModule, Value

_MARK = ".tfevents."
# Seconds to wait for writers to flush.
_PATIENCE = 10.0


class EventFiles:
    """The event files of one run."""

    def __init__(self) -> None:
        # By folder, in order of first use, the event files that existed before.
        self._folders: Dict[str, Set[str]] = {}
        # Strong references: a writer that the program dropped may still have data to write.
        self._writers: List[Value] = []
        self._flushes: List[Callable[[], Value]] = []

    def install(
        self,
        writer_class: TensorFlowClass,
        summary_ops: TensorFlowModule,
        tensor_class: TensorFlowClass,
    ) -> None:
        """Hooks the creation of writers.

        Args:
            writer_class: ``event_file_writer.EventFileWriter``.
            summary_ops: ``tensorflow.python.ops.gen_summary_ops``.
            tensor_class: The class of eager tensors.
        """
        original_init: Function = writer_class.__init__

        @functools.wraps(original_init)
        def init(writer: Value, logdir: Value, *args: Value, **kwargs: Value) -> None:
            self._follow(logdir)
            original_init(writer, logdir, *args, **kwargs)
            self._writers = [one for one in self._writers if not one._closed]
            self._writers.append(writer)

        writer_class.__init__ = init
        original_create: Function = summary_ops.create_summary_file_writer

        @functools.wraps(original_create)
        def create(writer: Value, logdir: Value, *args: Value, **kwargs: Value) -> Value:
            self._follow(logdir)
            result = original_create(writer, logdir, *args, **kwargs)
            if isinstance(writer, tensor_class):
                self._flushes.append(functools.partial(summary_ops.flush_summary_writer, writer))
            return result

        summary_ops.create_summary_file_writer = create

    def end(self, path: str) -> None:
        """Flushes open writers, and writes a list of the new files to ``path``.

        Args:
            path: File for a JSON list of ``[folder, [file, ...]]``, in the order in which the
                folders were first used.
        """
        if not self._folders:
            return
        # In a thread, because a writer whose folder was deleted may hang.
        thread = threading.Thread(target=self._flush_all, daemon=True)
        thread.start()
        thread.join(_PATIENCE)
        found = [
            [folder, sorted(set(_event_files(folder)) - before)]
            for folder, before in self._folders.items()
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file)

    def _flush_all(self) -> None:
        open_writers = [writer.flush for writer in self._writers if not writer._closed]
        for flush in [*open_writers, *self._flushes]:
            with contextlib.suppress(Exception):  # the program may have closed the writer
                flush()

    def _follow(self, logdir: Value) -> None:
        folder = _as_path(logdir)
        if folder is not None and folder not in self._folders:
            self._folders[folder] = set(_event_files(folder))


def _as_path(logdir: Value) -> Optional[str]:
    """The folder that a writer is given; None if only TensorFlow can tell."""
    value = logdir
    if hasattr(value, "_numpy"):
        value = value._numpy()
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if not isinstance(value, (str, os.PathLike)):
        return None
    text = os.fspath(value)
    return os.path.abspath(text) if isinstance(text, str) and "://" not in text else None


def _event_files(folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _MARK in name:
                yield os.path.join(folder, name)
