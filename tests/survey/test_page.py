"""The page that people look at, read without a browser."""

from __future__ import annotations

import re
from pathlib import Path

from migrate_vars.survey.baseline import Changes
from migrate_vars.survey.file_survey import FileSurvey, Gap
from migrate_vars.survey.obstacles import Obstacle
from migrate_vars.survey.page import as_html
from migrate_vars.survey.rungs import Rung
from migrate_vars.survey.survey import Survey
from tests.survey.projects import surveyed

HOSTILE = [
    "<script>alert(1)</script>.py",
    "</title></svg><img src=x onerror=alert(1)>.py",
    "\"' onmouseover=alert(1) x='.py",
    "{{ 7 * 7 }}{% raw %}.py",
    "\x1b[31mred\x07\u202e.py",
    "no text \udcff.py",
    "n" * 3000 + ".py",
]


def hostile() -> Survey:
    """A survey whose files have names that try to do harm."""
    return Survey(
        [
            FileSurvey(
                f"/p/{name}",
                lines=10 * number,
                rung=Rung.V1,
                obstacles=(Obstacle(Rung.COMPAT, name, "MV403", 1),),
                gaps=(Gap(1, name),),
                entry=True,
            )
            for number, name in enumerate(HOSTILE, 1)
        ]
    )


def test_the_page_shows_programs_obstacles_and_work(tmp_path: Path) -> None:
    source = "import tensorflow as tf\nx = tf.contrib.nowhere.f()\ns = tf.Session()\n"
    page = as_html(surveyed(tmp_path, {"pkg/a.py": source, "pkg/b.py": "import numpy\n"}))
    assert "<h1>1 program in 1 file with TensorFlow</h1>" in page
    assert "to compat: tf.contrib.nowhere (MV403): line 2" in page
    assert page.count('<rect class="box v1"') == 2  # on the map and in the legend
    assert "pkg/a.py: v1, 3 lines" in page
    assert "b.py" not in page


def test_changes_stand_first(tmp_path: Path) -> None:
    page = as_html(surveyed(tmp_path, {}), Changes(("a.py: worse",), ("b.py: better",)))
    assert page.index("a.py: worse") < page.index('id="map"')


def test_no_name_of_a_file_does_harm() -> None:
    page = as_html(hostile(), Changes(tuple(HOSTILE), ()))
    tags = set(re.findall(r"<(\w+)", page))
    assert not tags & {"script", "img", "iframe", "link", "object"}
    assert not re.search(r"<[^>]*\son\w+=", page)
    assert "{{ 7 * 7 }}" in page
    body = page.partition("</style>")[2]
    assert all(c.isprintable() or c == "\n" for c in body)
    page.encode("utf-8")


def test_the_page_asks_for_nothing() -> None:
    page = as_html(hostile())
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|@import", page)
    assert "default-src 'none'" in page
