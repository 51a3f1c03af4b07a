"""The page that people look at, in a real browser: it works on a phone and without a mouse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.equivalence.reporting.html_page import as_html
from migrate_vars.equivalence.running.failures import Failure, Frame
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile
from migrate_vars.trajectory.records import Site
from tests.equivalence.recorded import result, run, trajectory
from tests.equivalence.reporting.test_html_page import HOSTILE, reference, with_mistake_from

playwright = pytest.importorskip("playwright.sync_api")

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
# All that a keyboard can reach, in the order of the page.
REACHABLE = "a[href], summary, [tabindex='0']"
# Of what has the focus: its place in the page, whether it is one of them, and how wide its outline.
FOCUSED = f"""[[...document.querySelectorAll('*')].indexOf(document.activeElement),
    document.activeElement.matches({REACHABLE!r}),
    parseFloat(getComputedStyle(document.activeElement).outlineWidth)]"""


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it: all verdicts, long names, and names that try to do harm."""
    right = run("v1.py", reference())
    long = "scope/" * 40 + "kernel"
    wide = {long: [0.0, 1.0, 2.0], "b": [0.0, 1.0, 2.0]}
    output = "Traceback (most recent call last):\n" + "x" * 1000 + "\n"
    failing = {
        "rewritten": run("v1.py (rewritten)", reference()),
        "eager": run("v2.py", with_mistake_from(3)),
        "function": run("v2.py", None, "v2.py:3: ZeroDivisionError", output),
        "keras": run("v2_keras.py", with_mistake_from(5)),
    }
    script = tmp_path_factory.mktemp("project") / "train.py"
    script.write_text("tf.assign(v, " + "x" * 500 + ")\n")
    frames = (Frame(Site("train.py", 3), "train", "x" * 300),)
    failure = Failure(frames, frames[0], "install something")
    results = [
        result("alike", right, {"eager": run("v2.py", reference())}, notes=("a note",)),
        result("not_alike", right, failing, {"keras": 1.0}),
        result("vacuous", run("v1.py", trajectory({"a": [1.0, 1.0]})), {"eager": right}),
        replace(
            result("rewritten", right, {"rewritten": run("v1.py (rewritten)", reference())}),
            rewritten=(RewrittenFile(script, b"v.assign(" + b"x" * 500 + b")\n", 1, 0, 0),),
        ),
        result("failed", right, {"new": replace(failing["function"], failure=failure)}),
        result(
            long,
            run("v1.py", trajectory(wide)),
            {"eager": run("v2.py", trajectory({**wide, long: [0.0, 1.0, 2.5]}))},
        ),
    ]
    values = {name: [0.0, 1.0, 2.0] for name in HOSTILE}
    wrong = {name: [0.0, 1.0, 3.0] for name in HOSTILE}
    for name in HOSTILE[:2]:
        other = run(name, trajectory(wrong, machine=name), output="\n".join(HOSTILE))
        hostile = run(name, trajectory(values))
        results.append(result(name, hostile, {"eager": other}, notes=tuple(HOSTILE)))
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(as_html(results, "train alike", ["2.21.0"], 1.0), encoding="utf-8")
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
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    # What is wider has a scroll bar of its own; nothing else sticks out.
    sticking_out = page.evaluate(
        """[...document.querySelectorAll('body *')].filter(one =>
            one.getBoundingClientRect().right > innerWidth + 1
            && getComputedStyle(one).position !== 'absolute'
            && !one.closest('[tabindex="0"], svg')).map(one => one.outerHTML)"""
    )
    assert sticking_out == []
    # No text runs over the cell beside it.
    assert (
        page.locator("td, th").evaluate_all(
            "cells => cells.filter(one => one.scrollWidth > one.clientWidth + 1).length"
        )
        == 0
    )


@pytest.mark.parametrize(
    "page",
    [
        {"viewport": PHONE, "color_scheme": "light"},
        {"viewport": DESK, "color_scheme": "dark"},
    ],
    indirect=True,
    ids=["phone-light", "desk-dark"],
)
def test_axe_has_nothing_to_object(page: Any, node_modules: Path) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
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
    assert all(reachable and outline >= 2 for _, reachable, outline in stops)
    places = [place for place, _, _ in stops]
    assert places == sorted(places)
    assert len(places) == len(set(places)) > 20


def test_a_keyboard_can_skip_to_the_results(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the results"
    assert page.locator("a.skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "results"


def test_results_can_be_gone_to_and_opened_with_the_keyboard(page: Any) -> None:
    page.locator("nav a").nth(1).focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#result-2")
    assert page.evaluate("document.querySelector('#result-2').getBoundingClientRect().top") < 300
    details = page.locator("#result-1 details")
    assert not details.evaluate("one => one.open")
    page.locator("#result-1 summary").focus()
    page.keyboard.press("Enter")
    assert details.evaluate("one => one.open")


def test_the_outline_of_the_page(page: Any) -> None:
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(one => +one.tagName[1])"
    )
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert page.locator(f"body > {landmark}").count() == 1
    assert page.locator("table").count() == page.locator("table > caption").count()
    assert page.locator("th:not([scope])").count() == 0
    assert page.evaluate("document.documentElement.lang") == "en"


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_scripts_are_not_needed(page: Any) -> None:
    page.locator("#result-1 summary").click()
    page.get_by_text("Variables of alike: eager").wait_for(state="visible", timeout=5_000)


def test_plots_are_drawn(page: Any) -> None:
    curves = page.locator("#result-2 figure svg[role=img] path.curve")
    assert curves.count() >= 4
    for i in range(curves.count()):
        box = curves.nth(i).bounding_box()
        frame = curves.nth(i).locator("xpath=..").bounding_box()
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["y"]
        assert box["y"] + box["height"] <= frame["y"] + frame["height"]
        stroke, fill = curves.nth(i).evaluate(
            "one => [getComputedStyle(one).stroke, getComputedStyle(one).fill]"
        )
        assert stroke.startswith("rgb")
        assert fill == "none"


def test_the_style_is_let_in_by_the_policy(page: Any) -> None:
    assert page.evaluate("getComputedStyle(document.body).marginLeft") == "0px"
    assert page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
