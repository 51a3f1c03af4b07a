"""What a program printed, taken apart: lines of words and numbers.

Two programs print one value in many forms: ``0.1``, ``[0.1]``, ``np.float32(0.1)``,
``array([0.1], dtype=float32)``, ``tf.Tensor(0.1, shape=(), dtype=float32)``. Words and numbers are
what is compared; brackets, quotation marks, other punctuation, blanks and the line breaks within an
array are not. What never says anything of training is a *blank*: dates, times of day, memory
addresses, temporary paths, and tensors of a graph, which have a name and no value.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

#: Stands in a line's key for numbers and blanks, however many follow each other.
NUMBERS = "#"
# Brackets that stay open for more lines do not belong to an array.
_LONGEST_ARRAY = 2000
_LABEL_WORDS = 3

# Stands in a text for what is not looked at.
BLANK = "\0"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_OBJECTS = re.compile(
    r"""
    (?<![\w.])Tensor\("[^"]*" [^()]* (?:\([^()]*\)[^()]*)? \)
    | <tf\.(?:Tensor|Variable|Operation)[ ]'[^']*' (?:(?!numpy=)[^<>])* >
    """,
    re.VERBOSE,
)
# What surrounds a value and only shows its container.
_WRAPPINGS = re.compile(
    r"""
    tf\.Tensor\( (?=[^"]) | ,? \s* shape=\([^()]*\), \s* dtype=\w+ \s* \)
    | <tf\.Tensor: [ ] shape=\([^()]*\), [ ] dtype=\w+, [ ] numpy=
    | <tf\.Variable [ ] '[^']*' [ ] shape=\([^()]*\) [ ] dtype=\w+, [ ] numpy=
    | <(?:Keras)?Variable [ ] (?:path|name)=[^\s,]+, [ ] shape=\([^()]*\), [ ] dtype=\w+
      (?:,[ ]trainable=\w+)? , [ ] value=
    | \b(?:np|numpy)\.(?:float|int|uint|bool|complex|str|bytes|object)\w*\(
    | \barray\( | , \s* dtype=[\w.<'"]+ \s* (?=\))
    | \b[bu](?=['"])
    """,
    re.VERBOSE,
)
_TOKEN = re.compile(
    r"""
    (?P<blank>
        \0
        | 0x[0-9a-fA-F]{6,}
        | (?<![\d.])\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?![\d.])
        | (?<![\d.:])\d{1,2}:\d\d:\d\d(?:[.,]\d+)?(?![\d:])
        | \b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,?[ ]+\w{3}\w*[ ]+\d+\b
        | (?<![\w.])/(?:tmp|var/folders|var/tmp)/[^\s'",;)]*
    )
    | (?P<number>
        (?<![\w.])[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)? (?!\w) (?!\.\d)
        | (?<![\w.])[-+]?(?:nan|inf) (?!\w)
      )
      (?P<rate>
        [ ]?\w*[ ]?/[ ]?(?:s|sec|second|it)\b
        | [ ](?:ms|s|secs?|seconds?|minutes|hours)(?:/\w+)?(?!\w)(?!\s*[:=])
      )?
    | (?<![\w.])(?P<time>\d+(?:\.\d*)?)
        (?:ns|us|µs|ms|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?)(?:/\w+)?(?!\w)
    | (?P<word>v?\d+(?:\.\d+){2,}\w*|\w+)
    """,
    re.VERBOSE,
)
_CLOCK_WORDS = frozenset(
    ("time", "elapsed", "took", "taken", "duration", "eta", "speed", "runtime", "walltime")
)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, as it was printed.

    Attributes:
        text: The number.
        value: Its value.
        digits: How many digits it has from the first one that is not 0.
        decimals: How many digits stand after the point, below 0 for a large number in powers of
            ten: the last digit counts ``10 ** -decimals``.
        clock: Whether its surroundings speak of time: ``0.2 s``, ``took 3``, ``12 examples/sec``.
    """

    text: str
    value: float
    digits: int
    decimals: int
    clock: bool = False

    @property
    def whole(self) -> bool:
        """Whether it was printed as a whole number."""
        return self.text.lstrip("+-").isdigit()


@dataclass(frozen=True)
class Line:
    """A line of words and numbers; an array that goes over several lines is one.

    Attributes:
        number: The number of the line, or of its first one, from 1.
        text: The text that was shown in the end: without what a carriage return has overwritten.
        key: The words, with ``NUMBERS`` for any numbers and blanks between them.
        numbers: The numbers in order; None stands for a blank.
        places: Of each number, where in ``key`` it stands.
    """

    number: int
    text: str
    key: tuple[str, ...]
    numbers: tuple[Number | None, ...]
    places: tuple[int, ...]

    @cached_property
    def values(self) -> tuple[object, ...]:
        """The words and numbers: equal where two lines say the same in the same digits."""
        return (self.key, *(n if n is None else _canonical(n) for n in self.numbers))

    @property
    def shows_objects(self) -> bool:
        """Whether all that it says besides words is a blank, such as a tensor of a graph."""
        return bool(self.numbers) and all(number is None for number in self.numbers)

    def label(self, position: int) -> str:
        """The words before a number; "" if there are none."""
        place = self.places[position]
        words = self.key[max(0, place - _LABEL_WORDS) : place]
        if NUMBERS in words:
            words = words[len(words) - words[::-1].index(NUMBERS) :]
        return " ".join(words)


def read_lines(text: str) -> list[Line]:
    """The lines of a text that hold words or numbers."""
    found: list[Line] = []
    shown = [_shown(line) for line in text.split("\n")]
    at = 0
    while at < len(shown):
        end = _array_end(shown, at)
        line = _line(at + 1, "\n".join(shown[at:end]))
        if line.key:
            found.append(line)
        at = end
    return found


def _shown(line: str) -> str:
    """What a terminal shows of a line in the end."""
    if "\x1b" in line:
        line = _ESCAPES.sub("", line)
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part.strip()), "")
    if "\b" in line:
        kept: list[str] = []
        for character in line:
            if character != "\b":
                kept.append(character)
            elif kept:
                kept.pop()
        line = "".join(kept)
    return line


def _array_end(lines: list[str], start: int) -> int:
    """Where the array that begins in a line ends: the index of the next line."""
    first = lines[start]
    held = first.rstrip().endswith(("tf.Tensor(", "numpy="))
    brackets = "[]()" if held or "array(" in first else "[]"
    depth = _depth(first, brackets)
    if depth <= 0 and not held:
        return start + 1
    for end in range(start + 1, min(len(lines), start + _LONGEST_ARRAY)):
        line = lines[end]
        if line.strip() and not (line[0].isspace() or (held and end == start + 1)):
            break
        if held and "array(" in line:
            brackets = "[]()"
        depth += _depth(line, brackets)
        if depth <= 0:
            return end + 1
    return start + 1


def _depth(line: str, brackets: str) -> int:
    """How many brackets a line leaves open; below 0 for what it closes."""
    return sum(line.count(b) * (1 if b in "[(" else -1) for b in brackets)


def _line(number: int, text: str) -> Line:
    plain = text
    if "Tensor" in text or "ariable" in text or "(" in text or "'" in text or '"' in text:
        plain = _WRAPPINGS.sub(" ", _OBJECTS.sub(BLANK, text))
    key: list[str] = []
    numbers: list[Number | None] = []
    places: list[int] = []
    for token in _TOKEN.finditer(plain):
        if token.lastgroup == "word":
            key.append(token["word"])
            continue
        before = key[-1].lower() if key else ""
        if before != NUMBERS:
            key.append(NUMBERS)
        places.append(len(key) - 1)
        if token["blank"] is not None:
            numbers.append(None)
            continue
        digits = token["number"] or token["time"]
        clock = token["time"] is not None or token["rate"] is not None or before in _CLOCK_WORDS
        numbers.append(_number(digits, clock))
    return Line(number, text, tuple(key), tuple(numbers), tuple(places))


def _number(text: str, clock: bool) -> Number:
    value = float(text)
    if not math.isfinite(value):
        return Number(text, value, 0, 0, clock)
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("+-").partition(".")
    digits = len((whole + fraction).lstrip("0"))
    return Number(text, value, digits, len(fraction) - int(exponent or 0), clock)


def _canonical(number: Number) -> object:
    if number.whole:
        return int(number.text)
    return "nan" if math.isnan(number.value) else number.value
