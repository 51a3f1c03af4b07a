"""The examples on each rule are its tests."""

from __future__ import annotations

import pytest

from migrate_vars.compat.engine import rewrite_source
from migrate_vars.compat.rules import RULES
from migrate_vars.rewriting.rule import Invalid, Rule
from tests.codemod.rewriting_checks import with_fixes

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
    assert with_fixes(example.source, result.findings) == expected
    assert not rewrite_source(result.output).changed


@pytest.mark.parametrize(("checked", "source"), VALID)
def test_valid_example_is_not_found(checked: Rule, source: str) -> None:
    result = rewrite_source(source.encode())
    assert checked.code not in {finding.code for finding in result.findings}


def test_codes_are_unique_and_explained() -> None:
    codes = [r.code for r in RULES]
    assert len(set(codes)) == len(codes)
    assert all(r.code.startswith("MV4") for r in RULES)
    assert all(r.title and r.rationale and r.__doc__ for r in RULES)
