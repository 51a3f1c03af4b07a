"""The map: every file has its share of the area, and nothing sticks out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.survey.tree_map import HEIGHT, WIDTH, Leaf, draw, squarified

SIZES = st.lists(st.integers(1, 10_000), min_size=1, max_size=60)


@given(SIZES)
def test_areas_are_in_proportion_and_fill_the_place(sizes: list[int]) -> None:
    sizes.sort(reverse=True)
    boxes = squarified(sizes, (10, 20, 300, 200))
    total = sum(sizes)
    for size, box in zip(sizes, boxes, strict=True):
        assert box.width * box.height == pytest.approx(size / total * 60_000, rel=1e-6)
        assert box.x >= 10 - 1e-6
        assert box.y >= 20 - 1e-6
        assert box.x + box.width <= 310 + 1e-6
        assert box.y + box.height <= 220 + 1e-6
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
            high = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
            assert wide <= 1e-6 or high <= 1e-6


def test_equal_sizes_give_squares_rather_than_stripes() -> None:
    boxes = squarified([1] * 16, (0, 0, 400, 400))
    assert all(0.5 <= box.width / box.height <= 2 for box in boxes)


def test_files_lie_in_their_folders() -> None:
    boxes = draw(
        [Leaf("p/a/x.py", 300, "v1"), Leaf("p/a/y.py", 100, "eager"), Leaf("p/b/z.py", 200, "v1")]
    )
    by_title = {box.title.partition(":")[0]: box for box in boxes}
    assert set(by_title) == {"p/", "p/a/", "p/b/", "p/a/x.py", "p/a/y.py", "p/b/z.py"}
    whole = by_title["p/"]
    assert (whole.x, whole.y, whole.width, whole.height) == (0, 0, WIDTH, HEIGHT)
    for name in ("x", "y"):
        file, folder = by_title[f"p/a/{name}.py"], by_title["p/a/"]
        assert folder.x <= file.x
        assert file.x + file.width <= folder.x + folder.width
        assert folder.y <= file.y
        assert file.y + file.height <= folder.y + folder.height
    assert (by_title["p/a/y.py"].kind, by_title["p/a/"].kind) == ("eager", "")
    assert by_title["p/a/x.py"].label == "x.py"


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([]) == []
