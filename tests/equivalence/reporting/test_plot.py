"""Where things stand in a plot, whatever the numbers are."""

from __future__ import annotations

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.equivalence.reporting.plot import Line, Plot, draw

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def places(plot: Plot, index: int = 0) -> list[tuple[float, float]]:
    path = plot.lines[index].path
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", path)]


def drawn(*ys: float | None, logarithmic: bool = False) -> Plot:
    plot = draw("t", [Line("a", list(enumerate(ys)))], x_label="step", logarithmic=logarithmic)
    assert plot is not None
    return plot


def test_a_rising_line_rises() -> None:
    plot = drawn(0.0, 5.0, 10.0)
    (x0, y0), (x1, y1), (x2, y2) = places(plot)
    assert (x0, x2) == (plot.left, plot.right)
    assert math.isclose(x1, (x0 + x2) / 2)
    assert y0 > y1 > y2
    assert math.isclose(y1, (y0 + y2) / 2, abs_tol=0.1)
    assert [tick.text for tick in plot.x_ticks] == ["0", "1", "2"]
    assert [tick.text for tick in plot.y_ticks] == ["0", "5", "10"]
    ticks = {tick.text: float(tick.place) for tick in plot.y_ticks}
    assert [ticks["0"], ticks["5"], ticks["10"]] == [y0, y1, y2]


def test_what_is_not_known_is_a_gap() -> None:
    plot = drawn(1.0, 2.0, None, 3.0)
    assert plot.lines[0].path.count("M") == 2
    assert len(places(plot)) == len(plot.lines[0].dots) == 3


def test_a_logarithmic_axis_has_zero_at_its_foot() -> None:
    plot = drawn(0.0, 1e-7, 1e-5, 1e-3, logarithmic=True)
    ys = [y for _, y in places(plot)]
    assert ys[0] == plot.bottom
    assert math.isclose(ys[1] - ys[2], ys[2] - ys[3], abs_tol=0.2)
    assert [tick.text for tick in plot.y_ticks] == [
        "0",
        "1e-07",
        "1e-06",
        "1e-05",
        "1e-04",
        "1e-03",
    ]


def test_ticks_tell_close_numbers_apart() -> None:
    texts = [tick.text for tick in drawn(0.9950, 0.9975).y_ticks]
    assert len(set(texts)) == len(texts) > 1
    assert all(0.994 < float(text) < 0.998 for text in texts)


def test_nothing_to_draw_is_no_plot() -> None:
    assert draw("t", [], x_label="step") is None
    assert draw("t", [Line("a", [(0, None)])], x_label="step") is None
    assert draw("t", [Line("a", [(0, 0.0)])], x_label="step", logarithmic=True) is None


def test_the_description_says_what_the_line_does() -> None:
    assert drawn(1.0, 5.0, 2.0).description == "a: 1 at 0, at most 5 at 1, 2 at 2"


def test_a_mark_outside_is_not_drawn() -> None:
    lines = [Line("a", [(0, 1.0), (4, 2.0)])]
    marked = draw("t", lines, x_label="step", mark=2.0)
    outside = draw("t", lines, x_label="step", mark=5.0)
    assert marked is not None
    assert outside is not None
    assert float(marked.mark or 0) == (marked.left + marked.right) / 2
    assert outside.mark is None


@given(st.lists(st.none() | NUMBERS | st.just(math.inf), min_size=1, max_size=8), st.booleans())
def test_everything_is_inside_the_frame(ys: list[float | None], logarithmic: bool) -> None:
    if logarithmic:
        ys = [y if y is None else abs(y) for y in ys]
    plot = draw("t", [Line("a", list(enumerate(ys)))], x_label="step", logarithmic=logarithmic)
    if plot is None:
        return
    for x, y in places(plot):
        assert plot.left <= x <= plot.right
        assert plot.top <= y <= plot.bottom
    for tick in plot.y_ticks:
        assert plot.top <= float(tick.place) <= plot.bottom
    assert 0 < len(plot.y_ticks) < 12
    assert not re.search(r"nan|inf", plot.lines[0].path)
