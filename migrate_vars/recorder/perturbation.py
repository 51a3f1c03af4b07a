"""Perturbs rounding, to measure the effect of rounding errors on a program.

Two releases of TensorFlow may round differently in kernels that are both correct. How much that
matters depends on the program, so it is run again with random rounding (Monte Carlo arithmetic;
Parker 1997). There are two ways:

* A session that runs its ops in the calling thread uses that thread's rounding mode. Each of its
  runs is made with the processor's rounding mode set to upward or downward, as in CESTAC. Exact
  results stay exact, as always in Monte Carlo arithmetic.
* Eager code and functions set the rounding mode themselves. There, values are moved up or down by
  one unit in the last place (ULP): the initial values of variables, their values after each step,
  and fed values. Numbers with few significant bits, such as counters, masks and integers, are
  considered exact and stay the same.

No op is added to a graph, and no seed changes.
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

# Rounding modes from `fenv.h`: to nearest, upward, downward.
_MODES: Dict[str, Tuple[int, int, int]] = {
    "x86_64": (0, 0x800, 0x400),
    "AMD64": (0, 0x800, 0x400),
    "aarch64": (0, 0x400000, 0x800000),
    "arm64": (0, 0x400000, 0x800000),
}
# The integer type of each float, and the number of lowest bits that must not all be 0.
_FLOATS = {
    "float16": ("u2", 4),
    "bfloat16": ("u2", 3),
    "float32": ("u4", 12),
    "float64": ("u8", 30),
}


# Ops that round to integers by the processor's rounding mode, which is not a rounding error.
_ROUNDING_OPS = ("Round", "Rint", "Quantize", "FakeQuant")


class Perturbation:
    """The perturbation of one run, determined by a seed."""

    def __init__(self, seed: int, strong: bool = False) -> None:
        """Takes the seed; equal seeds give equal runs.

        Args:
            seed: The seed.
            strong: Whether values are moved by up to one percent instead of one ULP, to find out
                what depends on them at all.
        """
        self._strong = strong
        self._random = np.random.RandomState(seed)
        self._set: Optional[Callable[[int], int]] = None
        self._nearest, *self._others = _MODES.get(platform.machine(), (0, 0, 0))
        if any(self._others):
            with contextlib.suppress(OSError, AttributeError, TypeError):
                library = ctypes.CDLL(None)
                self._get, self._set = library.fegetround, library.fesetround
        # By graph, the version that was checked, and whether its runs can be perturbed.
        self._graphs: weakref.WeakKeyDictionary[Graph, Tuple[int, bool]]
        self._graphs = weakref.WeakKeyDictionary()
        #: Whether values were moved after steps, because the rounding of kernels could not be
        #: changed.
        self.moved = False

    def rounds(self, graph: Graph) -> bool:
        """Whether the rounding mode can be changed for runs of a graph."""
        if self._set is None or self._strong:
            return False
        version, known = self._graphs.get(graph, (-1, True))
        if known and version != graph.version:
            known = not any(op.type.startswith(_ROUNDING_OPS) for op in graph.get_operations())
            self._graphs[graph] = (graph.version, known)
        return bool(known)

    @contextlib.contextmanager
    def rounding(self) -> Iterator[None]:
        """Changes this thread's rounding mode in the body of a ``with`` statement."""
        assert self._set is not None
        self._set(self._others[self._random.randint(2)])
        try:
            yield
        finally:
            self._set(self._nearest)

    def to_nearest(self, function: Function) -> Function:
        """Wraps a Python function, such as a ``py_func``, to use the default rounding mode."""

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
        """A copy of an array with each element moved by one ULP, unless it is considered exact.

        Returns:
            None if nothing is moved.
        """
        array = np.asarray(value)
        kind = _FLOATS.get(array.dtype.name)
        if kind is None or array.size == 0:
            return None
        bits = np.array(array, order="C").reshape(-1).view(kind[0])
        unsigned = bits.dtype.type
        sign, low = unsigned(1 << (8 * bits.itemsize - 1)), unsigned((1 << kind[1]) - 1)
        infinity = np.array([np.inf], array.dtype).view(kind[0])[0]
        # Numbers with few bits are exact; the largest numbers would become infinite.
        moved = ((bits & low) != 0) & ((bits & ~sign) < infinity - unsigned(1))
        if not moved.any():
            return None
        if self._strong:
            some = 1.0 + 0.02 * self._random.random_sample(array.shape) - 0.01
            return np.where(moved.reshape(array.shape), array * some, array).astype(array.dtype)
        up = self._random.randint(2, size=bits.size).astype(bool)
        # As an integer, the bits of a float are ordered by magnitude.
        bits[moved & up] += unsigned(1)
        bits[moved & ~up] -= unsigned(1)
        return bits.view(array.dtype).reshape(array.shape)
