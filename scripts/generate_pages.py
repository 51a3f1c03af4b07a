"""MkDocs hook: the pages that are made from rules, patterns and the files at the root.

``mkdocs build`` calls :func:`on_config` and :func:`on_files`; nothing is written into ``docs/``, so
no generated page can be out of date.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.equivalence.patterns import Pattern, bundled_directory, load_pattern
from migrate_vars.rewriting.rule import Rule
from migrate_vars.workspace.rules import all_rules

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parents[1]

#: Files at the root that are pages, too.
ROOT_PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
}

RULE_GROUPS = {
    "MV1": ("Calls of state ops", "Each call of a state op gets one of these codes."),
    "MV2": ("Names", "State ops that are not simply called, and names that hide one."),
    "MV3": (
        "Advice",
        "Code that means one thing in a session and another under eager execution. Nothing is "
        "changed.",
    ),
    "MV4": (
        "To today's TensorFlow",
        "What `rewrite --to compat` does and says; see "
        "[To today's TensorFlow](../rewrite/compat.md).",
    ),
    "MV9": ("Files, comments and proofs", "What stands in the way of a rewrite."),
}

_PATTERN_INDEX = """\
# Patterns

{number} patterns come with migrate-vars. Each is a folder with plain scripts that run on their own,
and shows one way in which TensorFlow 1 code writes variables, next to TensorFlow 2 code that trains
exactly like it.

| Script | What it is |
|---|---|
| `v1_session.py` | A TF1 session program; runs unchanged under TensorFlow 1.15 and 2 |
| `v2_eager.py` | The same training in TensorFlow 2, identical in every bit |
| `v2_keras.py` | The same training with the Keras 3 optimizer, and how far it drifts with that |

`migrate-vars verify` runs all of them, `migrate-vars verify NAME` one: see
[Verify](../verify/index.md). The last two columns tell how far a script may
[drift](../verify/rounding.md): `v1_session.py` between TensorFlow 1.15 and 2, whose kernels round
differently, and `v2_keras.py` from `v1_session.py`.

| Pattern | What it does | 1.15 → 2 | Keras |
|---|---|---|---|
"""

# What reads as code in the text of a rule: options, calls, attributes, names with underscores.
_CODE = re.compile(
    r"(?P<done>`[^`]*`)|(?P<rule>\bMV\d{3}\b)|(?<![\w-])--[a-z][\w-]*|"
    r"\b[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\))+=?|"
    r"\b\w+=(?:\w+)?|\b_*[A-Za-z]\w*_\w*"
)
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)")


def on_config(config: MkDocsConfig) -> None:
    """Adds the generated pages to the navigation, below the index of their folder."""
    pages: dict[str, list[str]] = {"rules/index.md": [], "patterns/index.md": []}
    for uri, _ in generated_pages():
        index = f"{Path(uri).parent.as_posix()}/index.md"
        if index in pages and uri != index:
            pages[index].append(uri)
    for entry in config.nav or []:
        for children in entry.values():
            if isinstance(children, list) and str(children[0]) in pages:
                children += pages[children[0]]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Adds the generated pages to those of ``docs/``."""
    from mkdocs.structure.files import File

    for uri, text in generated_pages():
        files.append(File.generated(config, uri, content=text))


def generated_pages() -> Iterator[tuple[str, str]]:
    """Yields each page as its path below ``docs/`` and its Markdown."""
    rules = sorted(all_rules(), key=lambda rule: rule.code)
    yield "rules/index.md", rule_index(rules)
    for rule in rules:
        yield f"rules/{rule.code}.md", rule_page(rule)
    patterns = [load_pattern(path.parent) for path in bundled_directory().glob("*/v1_session.py")]
    patterns.sort(key=lambda pattern: pattern.name)
    yield "patterns/index.md", pattern_index(patterns)
    for pattern in patterns:
        yield f"patterns/{pattern.name}.md", pattern_page(pattern)
    for name, uri in ROOT_PAGES.items():
        yield uri, root_page((ROOT / name).read_text("utf-8"))


def rule_index(rules: list[Rule]) -> str:
    """All rules in tables, one for each group of codes."""
    parts = [
        "# Rules",
        "Each finding has a code. The text of a rule is also what `migrate-vars explain MV102` "
        "prints, and `migrate-vars explain --list` lists all rules. "
        "[`select` and `ignore`](../rewrite/configuration.md) choose among them; an "
        "[ignore comment](../rewrite/configuration.md#ignore-comments) switches one off for a "
        "line.",
    ]
    for prefix, (title, text) in RULE_GROUPS.items():
        rows = [
            f"| [{rule.code}]({rule.code}.md) | {rule.title} |"
            for rule in rules
            if rule.code.startswith(prefix)
        ]
        parts += [f"## {title}", text, "\n".join(["| Code | Title |", "|---|---|", *rows])]
    return "\n\n".join(parts) + "\n"


def rule_page(rule: Rule) -> str:
    """Title, rationale and examples of a rule, as ``migrate-vars explain`` shows them."""
    parts = [f"# {rule.code}: {rule.title}", as_markdown(rule.rationale)]
    if rule.invalid:
        parts.append("## Reported")
    for example in rule.invalid:
        if example.becomes is None:
            parts.append(_fence("python", example.source))
        else:
            parts.append(_fence("python", example.source) + "\n\nbecomes")
            parts.append(_fence("python", example.becomes) + "\n\n---")
    if rule.valid:
        parts.append("## Not reported")
        parts += [_fence("python", source) for source in rule.valid]
    return "\n\n".join(parts).removesuffix("\n\n---") + "\n"


def as_markdown(text: str) -> str:
    """Plain text with its code marked up, and codes of rules as links."""

    def mark(match: re.Match[str]) -> str:
        if match["done"]:
            return match[0]
        if match["rule"]:
            return f"[{match[0]}]({match[0]}.md)"
        return f"`{match[0]}`"

    return _CODE.sub(mark, text)


def pattern_index(patterns: list[Pattern]) -> str:
    """All patterns in a table."""
    rows = [
        f"| [`{p.name}`]({p.name}.md) | {p.summary} | {_bound(p.v1_drift, 'rounding')} "
        f"| {_keras_bound(p)} |\n"
        for p in patterns
    ]
    return _PATTERN_INDEX.format(number=len(patterns)) + "".join(rows)


def pattern_page(pattern: Pattern) -> str:
    """What a pattern does, how far it may drift, and its scripts in tabs."""
    docstring = ast.get_docstring(ast.parse(pattern.v1_session.read_bytes())) or ""
    _, _, details = docstring.partition("\n")
    bounds = [
        "`v2_eager.py` trains identically to `v1_session.py`, as a `tf.function` and eagerly.",
        "Between TensorFlow 1.15 and 2, `v1_session.py` may drift by "
        f"{_bound(pattern.v1_drift, 'rounding')}.",
    ]
    if pattern.v2_keras is not None:
        bounds.append(f"`v2_keras.py` may drift by {_keras_bound(pattern)}.")
    scripts = [s for s in (pattern.v1_session, pattern.v2_eager, pattern.v2_keras) if s is not None]
    tabs = [
        f'=== "{script.name}"\n\n' + _indent(_fence("python", script.read_text("utf-8")))
        for script in scripts
    ]
    command = _fence("bash", f"migrate-vars verify {pattern.name}\n")
    parts = [f"# {pattern.name}", pattern.summary, details.strip(), " ".join(bounds), command]
    return "\n\n".join([*filter(None, parts), *tabs]) + "\n"


def root_page(text: str) -> str:
    """A file at the root, with its links as they are from ``docs/``."""

    def link(match: re.Match[str]) -> str:
        target = match["target"]
        path, hash_, anchor = target.partition("#")
        if ":" in target or not path:
            return match[0]
        if path in ROOT_PAGES:
            return f"[{match['text']}]({ROOT_PAGES[path]}{hash_}{anchor})"
        if path.startswith("docs/"):
            return f"[{match['text']}]({path.removeprefix('docs/')}{hash_}{anchor})"
        return match["text"]  # a file that is no page

    return _LINK.sub(link, text)


def _bound(drift: float, otherwise: str) -> str:
    return f"≤ {drift:g}" if drift else otherwise


def _keras_bound(pattern: Pattern) -> str:
    if pattern.v2_keras is None:
        return ""
    return _bound(pattern.keras_drift, "nothing")


def _fence(language: str, source: str) -> str:
    return f"```{language}\n{source.rstrip()}\n```"


def _indent(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
