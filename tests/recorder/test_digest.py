"""Digests: equal for equal bits, and for nothing else that training could produce."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_vars.recorder import digest as digests
from migrate_vars.recorder.digest import digest_of
from migrate_vars.recorder.encoding import encode_array
from tests.conftest import REPOSITORY

Array = npt.NDArray[Any]

# Below and above the size where sums take the place of BLAKE2b, and more than one block.
SIZES = [1, 100, 2048, 2049, 2051, 16_384, 16_385, 40_001, 100_000]


def digest(array: Array) -> str:
    return digest_of(array.shape, encode_array(array)).hex()


def normal(size: int, dtype: str = "f4") -> Array:
    return np.random.default_rng(size).normal(size=size).astype(dtype)


def reference_sums(data: bytes) -> tuple[list[int], list[int]]:
    """The sums of both kinds, word by word, in Python's own numbers."""
    found: tuple[list[int], list[int]] = ([], [])
    end = (len(data) - 4) // 8 * 8
    for offset, multipliers, sums in zip((0, 4), digests._MULTIPLIERS, found, strict=True):
        for start in range(0, end, 65_536):
            words = range(start, min(start + 65_536, end), 8)
            sums.append(
                sum(
                    int(m) * int.from_bytes(data[w + offset : w + offset + 8], "little")
                    for m, w in zip(multipliers, words, strict=False)
                )
                % 2**64
            )
    return found


@pytest.mark.parametrize("size", [8193, 8200, 65_547, 65_548, 131_076, 140_001])
def test_it_is_what_it_is_said_to_be(size: int) -> None:
    data = np.random.default_rng(size).bytes(size)
    hashed = hashlib.blake2b(b"(1, 2)", digest_size=12)
    for sums in reference_sums(data):
        if (size - 4) // 8 * 8 % 65_536 == 0:
            sums.append(0)  # an empty last block
        hashed.update(b"".join(value.to_bytes(8, "little") for value in sums))
    hashed.update(data[(size - 4) // 8 * 8 :])
    assert digest_of((1, 2), np.frombuffer(data, np.uint8)) == hashed.digest()


def test_it_is_the_same_in_every_version_of_numpy(tf1_python: Path) -> None:
    code = f"""
import sys
sys.path.insert(0, {str(REPOSITORY / "migrate_vars")!r})
import numpy as np
from recorder.digest import digest_of
for size in {SIZES}:
    data = (np.arange(size, dtype=np.uint32) * np.uint32(2654435761)).view(np.uint8)
    print(digest_of((size,), data).hex())
"""
    found = [
        subprocess.run([str(python), "-c", code], check=True, capture_output=True, text=True).stdout
        for python in (sys.executable, tf1_python)
    ]
    assert found[0] == found[1]
    assert len(set(found[0].split())) == len(SIZES)


def test_known_values() -> None:
    """Files outlive releases: these must never change."""
    assert digest(np.array(1.5, "f4")) == "5709a6e71b264c30afb38f0b"
    assert digest(np.arange(50_000, dtype="f4").reshape(500, 100)) == "c0f4bda5043ba2bc4932052d"


def changes(array: Array) -> Iterator[tuple[str, Array]]:
    """The array with small changes of the kinds that mistakes and kernels make."""
    size = array.size
    places = sorted({0, 1, 2, 3, size // 2, size - 2, size - 1} & set(range(size)))
    bits = array.view(f"u{array.dtype.itemsize}")
    for place in places:
        for bit in {0, 1, 8 * array.dtype.itemsize - 2, 8 * array.dtype.itemsize - 1}:
            other = bits.copy()
            other[place] ^= other.dtype.type(1 << bit)
            yield f"bit {bit} of {place}", other.view(array.dtype)
    for i, j in combinations(places, 2):
        swapped = array.copy()
        swapped[[i, j]] = swapped[[j, i]]
        yield f"{i} and {j} swapped", swapped
        signs = array.copy()
        signs[[i, j]] *= -1
        yield f"signs of {i} and {j}", signs
    yield "all signs", -array
    yield "doubled", array * 2
    yield "reversed", array[::-1].copy()
    yield "moved by one", np.roll(array, 1)
    block = 65_536 // array.dtype.itemsize
    if size >= 2 * block:
        permuted = array.copy()
        permuted[:block], permuted[block : 2 * block] = array[block : 2 * block], array[:block]
        yield "blocks swapped", permuted
        yield "moved by a block", np.roll(array, block)


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2"])
@pytest.mark.parametrize("size", SIZES)
def test_small_changes_change_it(size: int, dtype: str) -> None:
    array = normal(size, dtype)
    found = {digest(array): "as it is"}
    seen = {array.tobytes()}
    for what, other in changes(array):
        if other.tobytes() in seen:
            continue
        seen.add(other.tobytes())
        assert found.setdefault(digest(other), what) == what


@pytest.mark.parametrize("size", [2048, 2049, 40_001])
def test_signs_of_zeros(size: int) -> None:
    """The worst case: all that differs is the highest bit of some words."""
    random = np.random.default_rng(0)
    found = set()
    for _ in range(300):
        zeros = np.zeros(size, "f4")
        zeros[random.integers(size, size=random.integers(1, 5))] = -0.0
        found.add((digest(zeros), zeros.tobytes()))
    assert len({known for known, _ in found}) == len(found)
    assert digest(np.zeros(size, "f4")) not in {known for known, _ in found}


def test_no_two_signs_can_cancel() -> None:
    """Two flipped signs in one block are lost only if two multipliers agree in their low bits."""
    low = digests._MULTIPLIERS[:, :] & np.uint64(2**33 - 1)
    for row in low:
        either = np.concatenate([row, np.uint64(2**33) - row])
        assert len(np.unique(either)) == either.size


@pytest.mark.parametrize("size", [3, 40_000])
def test_nan_payloads_shapes_and_lengths_count(size: int) -> None:
    array = normal(4 * size)
    shapes = [(4 * size,), (2 * size, 2), (2, 2 * size), (1, 4 * size), (4 * size, 1)]
    assert len({digest(array.reshape(shape)) for shape in shapes}) == len(shapes)
    assert digest(array[:-1]) != digest(array)
    assert digest(np.append(array, np.float32(0))) != digest(array)
    payload = array.view("u4").copy()
    payload[5] = 0x7FC00000
    other = payload.copy()
    other[5] = 0x7FC00001
    assert digest(payload.view("f4")) != digest(other.view("f4"))


def test_where_the_bytes_lie_does_not_count() -> None:
    array = normal(40_000).reshape(200, 200)
    shifted = np.frombuffer(b"\0" + array.tobytes(), np.uint8)[1:].view("f4").reshape(200, 200)
    assert not shifted.flags.aligned
    places = [array, np.asfortranarray(array), shifted, array.astype(">f4"), array[::1, ::1]]
    assert len({digest(one) for one in places}) == 1
    assert digest(array.T) != digest(array)


@settings(max_examples=200)
@given(st.integers(8190, 200_000), st.data())
def test_any_two_different_values_differ(size: int, data: st.DataObject) -> None:
    array = np.random.default_rng(size).integers(0, 256, size, np.uint8)
    other = array.copy()
    places = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=4, unique=True))
    for place in places:
        other[place] ^= data.draw(st.integers(1, 255))
    assert digest_of((size,), other) != digest_of((size,), array)
    assert digest_of((size,), array.copy()) == digest_of((size,), array)
