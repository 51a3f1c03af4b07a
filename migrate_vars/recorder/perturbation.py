"""Rounds otherwise: what one unit in the last place (ULP) makes of a program shows in such a run.

Two releases of TensorFlow round differently in kernels that are both right. How far that may take a
program is a question for the program itself, so it is run again with other rounding, chosen at
random (Monte-Carlo arithmetic; Parker 1997). There are two ways to have that:

* A session that runs its ops in the caller's thread rounds as that thread does. So each of its runs
  is made with the processor's rounding set to upwards or downwards, as in CESTAC. Exact results
  stay exact, as in all of Monte-Carlo arithmetic.
* Eager code and functions set the rounding mode themselves. There, values are moved by one ULP up
  or down: the initial values of variables, what variables are left with by each step, and what the
  program is fed. Numbers with few bits, such as counters, masks and whole numbers, are taken for
  exact, and stay.

No op is added to a graph, and no seed is moved.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import platform
import weakref
from typing import Callable, Dict, Iterator, Optional, Tuple

import numpy as np

from .interfaces import Array, Function, Graph, Value

# Of `fenv.h`: to nearest, upwards, downwards.
_MODES: Dict[str, Tuple[int, int, int]] = {
    "x86_64": (0, 0x800, 0x400),
    "AMD64": (0, 0x800, 0x400),
    "aarch64": (0, 0x400000, 0x800000),
    "arm64": (0, 0x400000, 0x800000),
}
# The integers that share the bits of a float, and how many of the lowest must not all be 0.
_FLOATS = {
    "float16": ("u2", 4),
    "bfloat16": ("u2", 3),
    "float32": ("u4", 12),
    "float64": ("u8", 30),
}


# Ops that round to whole numbers as the processor is set to, which is no rounding error.
_ROUNDING_OPS = ("Round", "Rint", "Quantize", "FakeQuant")


class Perturbation:
    """What is to be rounded otherwise in one run, as a seed decides."""

    def __init__(self, seed: int, strong: bool = False) -> None:
        """Takes the seed; equal ones make equal runs.

        Args:
            seed: The seed.
            strong: Whether values are moved by a hundredth instead of one ULP, to see what depends
                on them at all.
        """
        self._strong = strong
        self._random = np.random.RandomState(seed)
        self._set: Optional[Callable[[int], int]] = None
        self._nearest, *self._others = _MODES.get(platform.machine(), (0, 0, 0))
        if any(self._others):
            with contextlib.suppress(OSError, AttributeError, TypeError):
                library = ctypes.CDLL(None)
                self._get, self._set = library.fegetround, library.fesetround
        # By graph, up to which version it has been looked at, and whether its runs can be rounded.
        self._graphs: weakref.WeakKeyDictionary[Graph, Tuple[int, bool]]
        self._graphs = weakref.WeakKeyDictionary()
        #: Whether values were moved after steps, because kernels could not be rounded otherwise.
        self.moved = False

    def rounds(self, graph: Graph) -> bool:
        """Whether runs of a graph can be rounded otherwise as a whole."""
        if self._set is None or self._strong:
            return False
        version, known = self._graphs.get(graph, (-1, True))
        if known and version != graph.version:
            known = not any(op.type.startswith(_ROUNDING_OPS) for op in graph.get_operations())
            self._graphs[graph] = (graph.version, known)
        return bool(known)

    @contextlib.contextmanager
    def rounding(self) -> Iterator[None]:
        """Rounds otherwise in this thread, in the body of a ``with`` statement."""
        assert self._set is not None
        self._set(self._others[self._random.randint(2)])
        try:
            yield
        finally:
            self._set(self._nearest)

    def to_nearest(self, function: Function) -> Function:
        """A function of Python's, such as a ``py_func``, that rounds as ever."""

        @functools.wraps(function)
        def called(*args: Value, **kwargs: Value) -> Value:
            if self._set is None:
                return function(*args, **kwargs)
            before = self._get()
            self._set(self._nearest)
            try:
                return function(*args, **kwargs)
            finally:
                self._set(before)

        return called

    def move(self, value: Value) -> Optional[Array]:
        """A copy of an array with each element moved by one ULP, as far as it is no exact number.

        Returns:
            None if nothing is to be moved.
        """
        array = np.asarray(value)
        kind = _FLOATS.get(array.dtype.name)
        if kind is None or array.size == 0:
            return None
        bits = np.array(array, order="C").reshape(-1).view(kind[0])
        unsigned = bits.dtype.type
        sign, low = unsigned(1 << (8 * bits.itemsize - 1)), unsigned((1 << kind[1]) - 1)
        infinity = np.array([np.inf], array.dtype).view(kind[0])[0]
        # What few bits can say is exact; what is next to infinity could only become infinite.
        moved = ((bits & low) != 0) & ((bits & ~sign) < infinity - unsigned(1))
        if not moved.any():
            return None
        if self._strong:
            some = 1.0 + 0.02 * self._random.random_sample(array.shape) - 0.01
            return np.where(moved.reshape(array.shape), array * some, array).astype(array.dtype)
        up = self._random.randint(2, size=bits.size).astype(bool)
        # The bits of a float, read as an integer, count magnitudes.
        bits[moved & up] += unsigned(1)
        bits[moved & ~up] -= unsigned(1)
        return bits.view(array.dtype).reshape(array.shape)
