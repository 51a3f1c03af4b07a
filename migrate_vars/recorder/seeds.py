"""Gives random numbers the same seeds in every program that is run so.

TensorFlow derives the seeds of an op that has none of its own from the number of ops in the graph
(1.15), of random ops in the graph (2.x) or of eager calls, and without a graph seed from nothing
that repeats. Here the n-th random op of a program gets the n-th pair of seeds, however it runs:

* An op in a v1 graph is one op, and each run of it draws the next numbers of its stream.
* A place that is called again after training has gone on is the same op, too: eager kernels are
  kept by their seeds, so it draws the next numbers of the same stream. A place that is called again
  before any variable was trained in between, as where a loop makes variables, is another op.
* A function that is traced again has the same ops again. What it draws then begins anew, which is
  said in a warning.

An op with a seed of its own keeps it, and is told by it: it is the n-th op that has this seed.

Python's ``random`` and NumPy's global generator start from one state. Generators that a program
makes itself without a seed, and those of ``tf.random``, are as random as ever.

Internals of TensorFlow that this relies on, alike in 1.15 and in 2.16 to 2.21: random ops look
``get_seed`` up on ``framework.random_seed`` when they are made; ``Graph.building_function``.
"""

from __future__ import annotations

import numbers
import random
import sys
import weakref
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Hashable, List, Optional, Tuple

import numpy as np

from .recording import Recording
from .steps import FUNCTION_CALL, Site

#: What Python's and NumPy's generators are seeded with; any number would do.
START = 20151109
_UNSEEDED = 87654321  # what TensorFlow itself takes where a graph has no seed
_MAXINT32 = 2**31 - 1
_TRACED_AGAIN = (
    "the function with {} at {}:{} was traced again while it trained: it draws its random numbers "
    "from the beginning, which a session does not"
)


class _Place:
    """What is known of one place that makes random ops outside of v1 graphs."""

    def __init__(self) -> None:
        self.seeds: List[Tuple[int, int]] = []
        self.trained = 0
        self.calls = 0


class SeedAlignment:
    """Replaces ``get_seed`` so that seeds depend on the order of random ops and on nothing else."""

    def __init__(self, recording: Recording) -> None:
        """Prepares to align; ``recording`` is told of each new random op, with its line."""
        self._recording = recording
        self._ordinals: Dict[int, int] = {}
        self._places: Dict[Hashable, _Place] = {}
        self._traced: Any = weakref.WeakKeyDictionary()

    def install(self, random_seed: Any, ops: Any, context: Any) -> None:
        """Patches the module.

        Args:
            random_seed: ``tensorflow.python.framework.random_seed``.
            ops: ``tensorflow.python.framework.ops``.
            context: ``tensorflow.python.eager.context``.
        """
        original: Callable[[Any], Any] = random_seed.get_seed

        def get_seed(op_seed: Any) -> Any:
            if op_seed is not None and not isinstance(op_seed, numbers.Integral):
                return original(op_seed)  # a tensor, as tf.data takes: the program's own choice
            seed = _UNSEEDED if op_seed is None else int(op_seed) % _MAXINT32
            graph = None if context.executing_eagerly() else ops.get_default_graph()
            return self._seeds(seed, graph, sys._getframe(1))

        random_seed.get_seed = get_seed

    def _seeds(self, seed: int, graph: Any, frame: FrameType) -> Tuple[int, int]:
        kind, frame = _kind(frame)
        calls, site = self._calls(frame)
        if graph is not None and not graph.building_function:
            return self._new(seed, kind, site)
        place = self._places.setdefault((kind, seed, calls), _Place())
        if graph is None:
            if place.trained != self._recording.trained:
                place.trained, place.calls = self._recording.trained, 0
            number, place.calls = place.calls, place.calls + 1
        else:
            counts = self._traced.setdefault(graph, {})
            number = counts.get(place, 0)
            counts[place] = number + 1
            if number < len(place.seeds) and place.trained != self._recording.trained:
                self._recording.warn(_TRACED_AGAIN.format(kind, *self._recording.shown(site)))
            place.trained = self._recording.trained
        if number == len(place.seeds):
            place.seeds.append(self._new(seed, kind, site))
        return place.seeds[number]

    def _new(self, seed: int, kind: str, site: Site) -> Tuple[int, int]:
        ordinal = self._ordinals[seed] = self._ordinals.get(seed, 0) + 1
        self._recording.random_op(kind, site)
        return seed, ordinal

    def _calls(self, frame: Optional[FrameType]) -> Tuple[Hashable, Site]:
        """The user's calls up to the call of a ``tf.function``, innermost first, and the line."""
        calls: List[Hashable] = []
        site: Optional[Site] = None
        inside = True
        while frame is not None and (inside or site is None):
            code = frame.f_code
            if self._recording.user_code.is_user_file(code.co_filename):
                if inside:
                    calls.append((code, frame.f_lasti))
                # What AutoGraph generates is nothing that a user could open.
                if site is None and "__autograph_generated" not in code.co_filename:
                    site = Site(code.co_filename, frame.f_lineno or 0)
            elif calls and _is_function_call(code):
                inside = False
            frame = frame.f_back
        return tuple(calls), site or Site("", 0)


def _is_function_call(code: CodeType) -> bool:
    """Whether a `tf.function` is entered here: what called it is not part of the place."""
    return code.co_name == "__call__" and code.co_filename.endswith(FUNCTION_CALL)


def _kind(frame: FrameType) -> Tuple[str, FrameType]:
    """The function, or the class, that asks for seeds, past helpers that ask for others."""
    while frame.f_code.co_name == "get_seed" and frame.f_back is not None:
        frame = frame.f_back
    name = frame.f_code.co_name
    if name == "__init__":
        name = type(frame.f_locals.get("self")).__name__
    return name.strip("_"), frame


def seed_generators(aligned: bool) -> None:
    """Seeds Python's generator and NumPy's global one, before the program begins.

    Args:
        aligned: Whether every run starts from the same state. Otherwise each starts from one of its
            own, as a fresh process would; a fork would inherit its parent's.
    """
    seed = START if aligned else None
    random.seed(seed)
    np.random.seed(seed)
