"""A rule as text: what `migrate-vars explain` shows."""

from __future__ import annotations

import textwrap

from migrate_vars.findings.rule_text import RuleText


def explanation(rule: RuleText) -> str:
    """Return title, rationale and examples of a rule."""
    parts = [f"{rule.code}: {rule.title}", textwrap.fill(rule.rationale, 80)]
    for example in rule.invalid:
        parts.append("Found here:\n" + textwrap.indent(example.source.rstrip("\n"), "    "))
        if example.becomes is not None:
            parts.append("Becomes:\n" + textwrap.indent(example.becomes.rstrip("\n"), "    "))
    if rule.valid:
        parts.append("Fine:\n" + textwrap.indent(rule.valid[0].rstrip("\n"), "    "))
    return "\n\n".join(parts)
