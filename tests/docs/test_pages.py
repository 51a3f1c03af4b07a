"""The site builds without warnings, loads nothing from elsewhere, has every rule and pattern."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars.workspace.rules import all_rules
from scripts.generate_pages import ROOT, as_markdown, generated_pages, root_page

PAGES = dict(generated_pages())
RULES = all_rules()
PATTERNS = sorted(path.parent.name for path in (ROOT / "legacy_examples").glob("*/v1_session.py"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as a site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_rule_and_every_pattern_is_in_the_navigation(site: Path) -> None:
    for folder, names in (("rules", [rule.code for rule in RULES]), ("patterns", PATTERNS)):
        text = (site / folder / "index.html").read_text("utf-8")
        linked = re.findall(r'href="(\w+)\.html" class="md-nav__link"', text)
        assert sorted(set(linked) - {"index"}) == sorted(names)
        assert all((site / folder / f"{name}.html").is_file() for name in names)


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    loads = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"(?:https?:)?//")
    assert [path for path in site.rglob("*.html") if loads.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_page_of_a_rule_has_all_its_examples(rule: object) -> None:
    code, invalid, valid = (getattr(rule, name) for name in ("code", "invalid", "valid"))
    page = PAGES[f"rules/{code}.md"]
    for example in invalid:
        assert example.source.rstrip() in page
        assert (example.becomes or "").rstrip() in page
    assert all(source.rstrip() in page for source in valid)


def test_code_in_the_text_of_a_rule_is_marked_up() -> None:
    text = "Write v[i].assign(v[i] + x), see MV101; --safe and use_locking= are not `for` __all__."
    assert as_markdown(text) == (
        "Write `v[i].assign(v[i] + x)`, see [MV101](MV101.md); `--safe` and `use_locking=` are not "
        "`for` `__all__`."
    )


def test_links_of_the_root_lead_to_pages() -> None:
    text = "[a](ARCHITECTURE.md#x) [b](docs/verify/index.md) [c](tests/conftest.py) [d](https://e)"
    assert root_page(text) == "[a](architecture.md#x) [b](verify/index.md) c [d](https://e)"
