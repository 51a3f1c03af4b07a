"""The examples on each rule are its tests."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.codemod.rules import RULES, rule
from migrate_vars.codemod.rules.base import Invalid, Rule

INVALID = [
    pytest.param(r, example, id=f"{r.code}-{number}")
    for r in RULES
    for number, example in enumerate(r.invalid)
]
VALID = [
    pytest.param(r, source, id=f"{r.code}-{number}")
    for r in RULES
    for number, source in enumerate(r.valid)
]


@pytest.mark.parametrize(("checked", "example"), INVALID)
def test_invalid_example_is_found(checked: Rule, example: Invalid) -> None:
    result = rewrite_source(example.source.encode())
    assert checked.code in {finding.code for finding in result.findings}
    expected = example.source if example.becomes is None else example.becomes
    assert result.output.decode() == expected


@pytest.mark.parametrize(("checked", "source"), VALID)
def test_valid_example_is_not_found(checked: Rule, source: str) -> None:
    result = rewrite_source(source.encode())
    assert checked.code not in {finding.code for finding in result.findings}


def test_codes_are_unique_and_explained() -> None:
    codes = [r.code for r in RULES]
    assert len(set(codes)) == len(codes)
    assert all(r.title and r.rationale and r.__doc__ for r in RULES)


def test_rules_that_speak_about_source_have_examples() -> None:
    assert all(r.invalid for r in RULES if not r.code.startswith("MV9"))


def test_rule_is_found_by_code() -> None:
    found = rule("mv101")
    assert found is not None
    assert found.code == "MV101"
    assert rule("MV999") is None
