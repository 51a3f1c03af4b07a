"""Line plots as geometry: where lines, ticks and marks go. The report's template draws them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 350, 12, 150
# Values beyond this have no place on a scale that a float64 can compute.
_LARGEST = 1e300


@dataclass(frozen=True)
class Line:
    """A line to draw.

    Attributes:
        label: What it stands for.
        points: Pairs of x and y; y is None where there is nothing to draw.
    """

    label: str
    points: Sequence[tuple[float, float | None]]


@dataclass(frozen=True)
class Drawn:
    """A line as it is drawn.

    Attributes:
        label: What it stands for.
        path: The ``d`` of an SVG path.
        dots: Centres of its points, where they are few enough to be seen.
    """

    label: str
    path: str
    dots: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tick:
    """A place on an axis, in the plot's units, and what stands there."""

    place: str
    text: str


@dataclass(frozen=True)
class Plot:
    """A plot, in a box of ``WIDTH`` by ``HEIGHT`` units.

    Attributes:
        title: What it shows, in a few words.
        description: What it shows, in words, for those who do not see it.
        x_label: What the x axis counts.
        lines: The lines.
        x_ticks: From left to right.
        y_ticks: From bottom to top.
        mark: The place on the x axis that is marked, or None.
        mark_label: What is there.
    """

    title: str
    description: str
    x_label: str
    lines: tuple[Drawn, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    mark: str | None
    mark_label: str
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = _RIGHT
    top: int = _TOP
    bottom: int = _BOTTOM


def draw(
    title: str,
    lines: Sequence[Line],
    *,
    x_label: str,
    mark: float | None = None,
    mark_label: str = "",
    logarithmic: bool = False,
) -> Plot | None:
    """Places lines in a plot.

    Args:
        title: What the plot shows, in a few words.
        lines: The lines.
        x_label: What the x axis counts.
        mark: A place on the x axis to mark.
        mark_label: What is there.
        logarithmic: Whether the y axis is logarithmic; zeros then stand at its foot.

    Returns:
        The plot, or None if there is nothing to draw.
    """
    lines = [Line(line.label, [(x, _drawable(y)) for x, y in line.points]) for line in lines]
    xs = [x for line in lines for x, y in line.points if y is not None]
    ys = [y for line in lines for _, y in line.points if y is not None]
    if not ys or (logarithmic and max(ys) <= 0):
        return None
    x_axis = _Axis(min(xs), max(xs), _LEFT, _RIGHT)
    if logarithmic:
        y_axis: _Axis = _LogAxis(min(y for y in ys if y > 0), max(ys), _BOTTOM, _TOP)
    else:
        y_axis = _Axis(*_room(min(ys), max(ys)), _BOTTOM, _TOP)
    whole = [t for t in x_axis.ticks(5) if float(t.text.replace(",", "")).is_integer()]
    return Plot(
        title=title,
        description="; ".join(_in_words(line) for line in lines),
        x_label=x_label,
        lines=tuple(_drawn(line, x_axis, y_axis) for line in lines),
        x_ticks=tuple(whole),
        y_ticks=tuple(y_axis.ticks(4)),
        mark=None if mark is None or not min(xs) <= mark <= max(xs) else _unit(x_axis.place(mark)),
        mark_label=mark_label,
    )


class _Axis:
    """A linear scale from values to places."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def place(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        share = value / (self.high - self.low) - self.low / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, about: int) -> list[Tick]:
        """Round numbers, about so many; the ends where there is no room between them."""
        step = _round_step((self.high - self.low) / about)
        if step == 0.0:
            return [Tick(_unit(self.place(self.low)), _number(self.low, 0.0))]
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        if last - first > 2 * about or last < first:  # too far from zero to tell steps apart
            values = [self.low, self.high]
        else:
            values = [k * step for k in range(first, last + 1)]
        return [Tick(_unit(self.place(value)), _number(value, step)) for value in values]


class _LogAxis(_Axis):
    """A logarithmic scale between powers of ten; what is not above 0 is at its foot."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.first, self.last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        # One power more at the foot, where the zeros are.
        super().__init__(self.first - 1, max(self.last, self.first + 1), start, end)

    def place(self, value: float) -> float:
        return super().place(math.log10(value) if value > 0 else self.low)

    def ticks(self, about: int) -> list[Tick]:
        stride = max(1, math.ceil((self.high - self.first) / about))
        powers = range(self.first, round(self.high) + 1, stride)
        zero = Tick(_unit(self.start), "0")
        return [zero, *(Tick(_unit(super(_LogAxis, self).place(k)), f"1e{k:+03d}") for k in powers)]


def _drawable(value: float | None) -> float | None:
    return value if value is not None and abs(value) <= _LARGEST else None


def _room(low: float, high: float) -> tuple[float, float]:
    """The ends of an axis with some room around its lines."""
    room = (high - low) * 0.05 or max(abs(low) * 0.1, 1e-300)
    return low - room, high + room


def _round_step(about: float) -> float:
    """The next of 1, 2, 5, 10, ... times a power of ten; 0 if there is none."""
    if not about > 1e-290:
        return 0.0
    power: float = 10.0 ** math.floor(math.log10(about))
    return next(power * k for k in (1, 2, 5, 10, 20) if power * k >= about)


def _number(value: float, step: float) -> str:
    """A tick's text, with as many digits as tell it from its neighbours."""
    if step == 0.0:
        return f"{value:.4g}"
    largest = max(abs(value), step)
    digits = 1 + max(0, math.floor(math.log10(largest)) - math.floor(math.log10(step)))
    return f"{value:,.0f}" if step >= 1 and largest < 1e6 else f"{value:.{min(digits, 9)}g}"


def _drawn(line: Line, x_axis: _Axis, y_axis: _Axis) -> Drawn:
    path = []
    dots = []
    down = False
    for x, y in line.points:
        if y is None:
            down = False
            continue
        place = _unit(x_axis.place(x)), _unit(y_axis.place(y))
        path.append(f"L{place[0]} {place[1]}" if down else f"M{place[0]} {place[1]}h0")
        dots.append(place)
        down = True
    few = len(line.points) <= 25
    return Drawn(line.label, "".join(path), tuple(dots) if few else ())


def _unit(place: float) -> str:
    return f"{place:.1f}"


def _in_words(line: Line) -> str:
    return f"{line.label}: {', '.join(_landmarks(line))}"


def _landmarks(line: Line) -> Iterator[str]:
    known = [(x, y) for x, y in line.points if y is not None]
    if not known:
        yield "nothing to draw"
        return
    (x, y), (last_x, last_y) = known[0], known[-1]
    yield f"{y:.4g} at {x:g}"
    if len(known) > 1:
        largest = max(known, key=lambda point: point[1])
        if largest not in (known[0], known[-1]):
            yield f"at most {largest[1]:.4g} at {largest[0]:g}"
        yield f"{last_y:.4g} at {last_x:g}"
