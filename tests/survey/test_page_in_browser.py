"""The page in a real browser: it works on a phone, in the dark and without a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.survey.baseline import Changes
from migrate_vars.survey.page import as_html
from migrate_vars.survey.survey import Survey
from tests.survey.projects import surveyed
from tests.survey.test_page import HOSTILE, hostile

playwright = pytest.importorskip("playwright.sync_api")

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
REACHABLE = "a[href], summary, [tabindex='0']"
FOCUSED = f"""[[...document.querySelectorAll('*')].indexOf(document.activeElement),
    document.activeElement.matches({REACHABLE!r}),
    parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it: all rungs, circles, gaps, and names that try to do harm."""
    folder = tmp_path_factory.mktemp("project")
    v1 = "import tensorflow as tf\nx = tf.placeholder(tf.float32)\ns = tf.Session()\n"
    real = surveyed(
        folder,
        {
            "a/v1.py": v1 + "tf.contrib.nowhere.f()\n",
            "a/one.py": "import two\n" + v1,
            "a/two.py": "import one\n" + v1,
            "b/compat.py": "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "tf.assign(v, 1.)\n",
            "b/methods.py": "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "tf.Session()\n",
            "c/eager.py": "import tensorflow as tf\nwith tf.GradientTape() as t:\n    pass\n",
            "c/fit.py": "import tensorflow as tf\ntf.keras.Sequential().fit(x)\n",
            "c/old.py": "import tensorflow as tf\nprint tf.x\n",
        },
    )
    found = Survey([*real.files, *hostile().files])
    path = folder / "report.html"
    changes = Changes(tuple(HOSTILE), ("better",))
    path.write_text(as_html(found, changes), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, page_file: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page, on a screen of the size that is asked for; no request but for itself is made."""
    options = {"viewport": DESK, **getattr(request, "param", {})}
    context = browser.new_context(**options)
    page = context.new_page()
    page.set_default_timeout(10_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda asked: said.append(asked.url))
    page.goto(page_file.as_uri())
    yield page
    context.close()
    assert said == [page_file.as_uri()]


@pytest.mark.parametrize("page", [{"viewport": PHONE}, {}], indirect=True, ids=["phone", "desk"])
def test_the_page_is_no_wider_than_the_screen(page: Any) -> None:
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    sticking_out = page.evaluate(
        """[...document.querySelectorAll('body *')].filter(one =>
            one.getBoundingClientRect().right > innerWidth + 1
            && getComputedStyle(one).position !== 'absolute'
            && !one.closest('[tabindex="0"], svg')).map(one => one.outerHTML)"""
    )
    assert sticking_out == []


@pytest.mark.parametrize(
    "page",
    [{"viewport": PHONE, "color_scheme": "light"}, {"viewport": DESK, "color_scheme": "dark"}],
    indirect=True,
    ids=["phone-light", "desk-dark"],
)
def test_axe_has_nothing_to_object(page: Any, node_modules: Path) -> None:
    page.evaluate((node_modules / "axe-core" / "axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    assert len(found["passes"]) > 20
    # What is scrolled out of sight hides its background; nothing else is left undecided.
    assert {one["id"] for one in found["incomplete"]} <= {"color-contrast"}


def test_everything_can_be_reached_and_seen_with_the_keyboard(page: Any) -> None:
    shown = f"{REACHABLE.replace(', ', ':visible, ')}:visible"
    stops = [
        (page.keyboard.press("Tab"), page.evaluate(FOCUSED))[1]
        for _ in range(page.locator(shown).count())
    ]
    assert len(stops) >= 4
    assert all(reachable and outline >= 2 for _, reachable, outline in stops)
    places = [place for place, _, _ in stops]
    assert places == sorted(places)


def test_the_map_has_the_colours_of_the_rungs(page: Any) -> None:
    colours = {
        rung: page.locator(f"svg.map rect.{rung}").first.evaluate("r => getComputedStyle(r).fill")
        for rung in ("v1", "compat", "methods", "eager", "keras", "unknown")
    }
    assert len(set(colours.values())) == 6
