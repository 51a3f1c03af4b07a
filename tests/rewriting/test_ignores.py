"""Comments that silence findings."""

from __future__ import annotations

import pytest

from migrate_vars.codemod.engine import rewrite_source
from tests.codemod.rewriting_checks import IMPORT, LINE_BREAKS

MARK = "# migrate-vars: ignore"


def codes(source: str, **options: object) -> list[str]:
    found = {
        tuple(
            f.code
            for f in rewrite_source(source.replace("\n", line_break).encode(), **options).findings  # type: ignore[arg-type]
        )
        for line_break in LINE_BREAKS
    }
    assert len(found) == 1
    return list(found.pop())


@pytest.mark.parametrize(
    "source",
    [
        f"tf.assign(v, 1.)  {MARK}\n",
        f"tf.assign(v, 1.)  {MARK}[MV101]\n",
        f"tf.assign(v, 1.)  {MARK}[mv101]\n",
        "tf.assign(v, 1.)  #migrate-vars:ignore [MV101]\n",
        f"tf.assign(v, 1.)  # noqa: E501  {MARK}[MV101]\n",
        f"tf.assign(  {MARK}\n    v,\n    1.)\n",
        f"tf.assign(\n    v,\n    1.)  {MARK}\n",
        f"tf.assign(\n    v,\n    1.,\n)  {MARK}[MV101]\n",
        f"u = [tf.assign(v, 1.), tf.assign(w, 1.)]  {MARK}\n",
        f"if a:\n    tf.assign(v, '''\n''')  {MARK}\n",
    ],
)
def test_silences_its_line(source: str) -> None:
    assert codes(IMPORT + source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (f"tf.assign(\n    v,  {MARK}\n    1.)\n", ["MV101", "MV904"]),
        (f"{MARK}\ntf.assign(v, 1.)\n", ["MV904", "MV101"]),
        (f"tf.assign(\n    f(tf.assign(w, 1.)),  {MARK}\n    1.)\n", ["MV101"]),
        (f"tf.assign(v, 1.)  {MARK}[MV102]\n", ["MV101", "MV904"]),
        (f"tf.assign(v, 1.)  {MARK}[MV101, MV102]\n", ["MV904"]),
        (f"tf.assign(v, 1.)  {MARK}[MV101,E501]\n", ["MV905"]),
        (f"tf.assign(v, 1.)  {MARK}d\n", ["MV101"]),
        (f"tf.assign(v, '{MARK}')\n", ["MV101"]),
        (f"tf.assign(v, '''\n{MARK}''')\n", ["MV101"]),
        (f"tf.assign(v, f'{{x}}{MARK}')\n", ["MV101"]),
        ("tf.assign(v, 1.)  # migrate-vars: drift <= 1e-4\n", ["MV101"]),
        (f"x = 1  {MARK}\n", ["MV904"]),
    ],
)
def test_silences_no_more(source: str, expected: list[str]) -> None:
    assert codes(IMPORT + source) == expected


def test_codes_that_are_not_selected_are_not_missed() -> None:
    source = IMPORT + f"tf.assign(v, 1.)  {MARK}[MV101]\ntf.assign(*p)  {MARK}\n"
    assert codes(source) == []
    assert codes(source, select=["MV3", "MV9"]) == []
    assert codes(source, ignore=["MV101"]) == []


def test_the_findings_themselves_are_selected() -> None:
    source = IMPORT + f"x = 1  {MARK}\n"
    assert codes(source, ignore=["MV904"]) == []
    assert codes(source, select=["MV1"]) == []


def test_place_of_an_idle_comment() -> None:
    (finding,) = rewrite_source(f"é = 1  {MARK}\n".encode()).findings
    assert (finding.line, finding.column) == (1, 8)


@pytest.mark.parametrize(
    "source",
    [
        "# migrate-vars: skip-file\nimport tensorflow as tf\ntf.assign(v, 1.)\n",
        "import tensorflow as tf\ntf.assign(v, 1.)\n# migrate-vars: skip-file\n",
        "# migrate-vars: skip-file\nprint 'Python 2', tf.assign\n",
    ],
)
def test_skips_the_file(source: str) -> None:
    assert codes(source) == []


def test_skips_a_file_whose_bytes_are_wrong() -> None:
    source = b"# migrate-vars: skip-file\nx = '\xff'  # tf.assign\n"
    assert rewrite_source(source).findings == ()


@pytest.mark.parametrize(
    "text", ["'''# migrate-vars: skip-file'''", "# migrate-vars: skip-files", "# skip-file"]
)
def test_does_not_skip(text: str) -> None:
    assert codes(IMPORT + f"{text}\ntf.assign(v, 1.)\n") == ["MV101"]


@pytest.mark.parametrize(
    ("comment", "right"),
    [
        ("# migrate_vars: ignore", "ignore"),
        ("# migrate_vars: ignore[MV101]", "ignore"),
        ("# migratevars: ignore", "ignore"),
        ("# Migrate-Vars: ignore", "ignore"),
        ("# migrate-vars ignore", "ignore"),
        ("# migrate-vars: noqa", "ignore"),
        ("# migrate-vars: disable=MV101", "ignore"),
        ("# migrate_vars: skip_file", "skip-file"),
        ("# migrate-vars: skip file", "skip-file"),
    ],
)
def test_what_is_nearly_such_a_comment_is_reported(comment: str, right: str) -> None:
    findings = rewrite_source(f"{IMPORT}tf.assign(v, 1.)  {comment}\n".encode()).findings
    assert [finding.code for finding in findings] == ["MV101", "MV904"]
    told = findings[1]
    assert told.message == f"this comment suppresses nothing: write # migrate-vars: {right}"
    assert told.source_line[told.column - 1 :] == comment


@pytest.mark.parametrize(
    "comment",
    [
        "# migrate_vars",
        "# migrate-vars ignores this call",
        "# see migrate_vars.ignore",
        "# migrate-vars: skip-files",
        "# ignore",
        "# what migrate-vars does: ignore it",
    ],
)
def test_prose_is_no_such_comment(comment: str) -> None:
    assert codes(f"{IMPORT}tf.assign(v, 1.)  {comment}\n") == ["MV101"]
    assert codes(f"{IMPORT}tf.assign(v, '{comment}')\n") == ["MV101"]
