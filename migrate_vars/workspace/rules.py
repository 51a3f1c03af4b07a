"""The rungs by their names, and the rules of all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_vars.rewriting.rule import Rule

METHODS = "methods"
"""State ops are methods."""
COMPAT = "compat"
"""The program runs on TensorFlow 2.16 and later, sessions kept."""
RUNGS = (COMPAT, METHODS)
"""From the bottom."""


def all_rules() -> tuple[Rule, ...]:
    """Return the rules of all rungs."""
    from migrate_vars.codemod import rules as methods
    from migrate_vars.compat import rules as compat

    return (*methods.RULES, *compat.RULES)


def find_rule(code: str) -> Rule | None:
    """Return the rule with a code, or None."""
    return next((rule for rule in all_rules() if rule.code == code.upper()), None)
