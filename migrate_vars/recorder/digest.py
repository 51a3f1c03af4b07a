"""Digests of values: fast with NumPy alone, and equal in all its versions and on all machines.

Up to 8192 bytes, a digest is the BLAKE2b of Python's text of the shape followed by the bytes. That
would be too slow for millions of parameters, so larger values are first reduced, 65536 bytes to 16:
each block of 8192 little-endian 64-bit words ``w`` becomes the sum of ``m[i] * w[i]`` modulo 2**64,
and so do the words that begin 4 bytes later, with other multipliers. The hash is then computed of
the shape, all sums of the first kind, all of the second, and the bytes after the last word. The
multipliers are odd and pseudorandom (SHAKE-256), so this is multilinear hashing (Lemire and Kaser,
"Strongly universal string hashing is fast", 2014).

One such sum would not be enough: a difference in the highest bits of a word, as between 0.0 and
-0.0, leaves little more than a parity. The words of the second kind have those bits in their lower
half. So two values whose lowest different bit is bit ``b`` of a float32 collide with a probability
of at most 2**-(96 - 2 * b), which is 2**-34 if they differ in signs only, in one block.
"""

from __future__ import annotations

import hashlib
from typing import Tuple

import numpy as np

from .interfaces import Array, ByteArray

DIGEST_BYTES = 12
_SMALL = 8192
_WORDS = 8192
_WORD = np.dtype("<u8")


def _multipliers() -> Array:
    stream = hashlib.shake_256(b"migrate-vars trajectory").digest(2 * _WORDS * _WORD.itemsize)
    words: Array = np.frombuffer(stream, _WORD).astype(np.uint64) | np.uint64(1)
    return words.reshape(2, _WORDS)


_MULTIPLIERS = _multipliers()


def digest_of(shape: Tuple[int, ...], data: ByteArray) -> bytes:
    """The digest of a value.

    Args:
        shape: The value's shape.
        data: Its bytes: a contiguous one-dimensional uint8 array.

    Returns:
        12 bytes. Equal digests mean equal bits, except for values constructed to collide.
    """
    hashed = hashlib.blake2b(repr(shape).encode(), digest_size=DIGEST_BYTES)
    if data.size <= _SMALL:
        hashed.update(data)
        return hashed.digest()
    end = (data.size - 4) // 8 * 8
    for offset, multipliers in zip((0, 4), _MULTIPLIERS):
        words = data[offset : offset + end].view(_WORD)
        whole = words.size // _WORDS * _WORDS
        blocks = words[:whole].reshape(-1, _WORDS)
        # Not `dot`, which copies unaligned words and is slightly slower.
        hashed.update(np.einsum("ij,j->i", blocks, multipliers).astype(_WORD))
        rest = words[whole:]
        hashed.update(np.einsum("i,i->", rest, multipliers[: rest.size]).astype(_WORD))
    hashed.update(data[end:])
    return hashed.digest()
