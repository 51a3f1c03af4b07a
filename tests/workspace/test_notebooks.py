"""Notebooks: what changes, and what does not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.codemod.engine import CheckError
from migrate_vars.findings.finding import Finding
from migrate_vars.workspace.json_text import with_strings
from migrate_vars.workspace.notebook_cells import Mask
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_file import rewrite_bytes

IMPORT = "import tensorflow as tf\nv = tf.Variable(1.)"


def code(*lines: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {"x": "tf.assign(v, 0.)"},
        "outputs": [{"output_type": "stream", "name": "stdout", "text": ["tf.assign(v, 0.)\n"]}],
        "source": list(lines),
    }


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def markdown(*lines: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": list(lines)}


def rewritten(source: bytes, **options: Any) -> tuple[bytes, tuple[Finding, ...]]:
    result = rewrite_bytes(source, "a.ipynb", Options(**options))
    after = result.after if result.changed else source
    again = rewrite_bytes(after, "a.ipynb", Options(**options))
    assert not again.changed
    return after, result.findings


def changed_lines(before: bytes, after: bytes) -> list[tuple[str, str]]:
    pairs = zip(before.decode().split("\n"), after.decode().split("\n"), strict=True)
    return [(a.strip(), b.strip()) for a, b in pairs if a != b]


@pytest.mark.parametrize("indent", [None, 1, 2, "\t"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_only_the_changed_source_line_differs(indent: int | str | None, end: str) -> None:
    cells = (
        markdown("tf.assign(v, 0.)"),
        code(*IMPORT.splitlines(keepends=True)),
        code("# first\n", "tf.assign(v, 2.)\n", "# é\n"),
    )
    text = json.dumps(notebook(*cells), indent=indent, ensure_ascii=False) + end
    after, findings = rewritten(text.encode())
    assert after.decode() == text.replace("tf.assign(v, 2.)", "v.assign(2.)")
    assert [(f.code, f.cell, f.line, f.column) for f in findings] == [("MV101", 3, 2, 1)]


def test_names_are_known_in_later_cells() -> None:
    text = json.dumps(notebook(code(IMPORT), code("tf.assign(v, 2.)"), code("tf.assign(v, 3.)")))
    after, findings = rewritten(text.encode())
    assert after.count(b'"v.assign(') == 2
    assert {f.safety and f.safety.value for f in findings} == {"safe"}


def test_a_source_that_is_one_string() -> None:
    cell = code() | {"source": f"{IMPORT}\ntf.assign(v, '<é')\nx = 1 < 2\n"}
    text = json.dumps(notebook(cell)).replace("<", "\\u003c")
    after, _ = rewritten(text.encode())
    assert after.decode() == text.replace("tf.assign(v, '\\u003c", "v.assign('\\u003c")


def test_lines_that_join_or_split() -> None:
    lines = ["tf.assign(\n", "    v,\n", "    2.)\n", "tf.assign(v, 1.)"]
    text = json.dumps(notebook(code(IMPORT + "\n"), code(*lines)), indent=1)
    after, _ = rewritten(text.encode())
    new = json.loads(after)
    assert "".join(new["cells"][1]["source"]) == "v.assign(\n    2.)\nv.assign(1.)"
    for before, now in zip(json.loads(text)["cells"], new["cells"], strict=True):
        assert before | {"source": 0} == now | {"source": 0}


def test_what_is_ipython_survives() -> None:
    lines = [
        *("%matplotlib inline\n", "%load_ext x \\\n", "    y\n", "!pip install 'a' \\\n", "  b\n"),
        *("import tensorflow as tf\n", "files = !ls\n", "t = %timeit -o 1\n", "v?\n", "?v\n"),
        *("x = (7\n", "  % 2)\n", "if x:\n", "    %cd ..\n", 's = """\n', "%no\n", '"""\n'),
        *("tf.assign(w, 1.)\n", "v??"),
    ]
    before = json.dumps(notebook(code(*lines)), indent=1).encode()
    after, _ = rewritten(before)
    assert changed_lines(before, after) == [
        ('"tf.assign(w, 1.)\\n",', '"w.assign(1.)\\n",'),
    ]


CALL = "tf.assign(v, 1.)"


def cells_of(*sources: str, **options: Any) -> tuple[list[str], list[tuple[str, int, int, str]]]:
    """What becomes of code cells: their sources, and the findings with safety or status."""
    text = json.dumps(notebook(*(code(*s.splitlines(keepends=True)) for s in sources)))
    after, findings = rewritten(text.encode(), **options)
    new = ["".join(cell["source"]) for cell in json.loads(after)["cells"]]
    said = [(f.code, f.cell or 0, f.line, (f.safety or f.status).value) for f in findings]
    return new, said


OWN = [
    *("%%python3", "%%python", "%%pypy -u", "%%script python3 -u", "%%script --bg --out x python"),
    *("%%script /usr/bin/env python3.9", "%%writefile x.py", "%%writefile -a 'x.py'", "%%px"),
    *("%%file lib/x.py", "%%px --targets 0", "%%python2"),
]


@pytest.mark.parametrize("magic", OWN)
def test_a_namespace_of_its_own(magic: str) -> None:
    # What it binds is not the notebook's,
    cell = f"{magic}\nimport tensorflow as tf\nv = tf.constant(1.)\n"
    new, said = cells_of(IMPORT, cell, CALL)
    assert new == [IMPORT, cell, "v.assign(1.)"]
    assert said == [("MV101", 3, 1, "safe")]
    # nor does it know what the notebook binds;
    new, said = cells_of(IMPORT, f"{magic}\n{CALL}")
    assert new == [IMPORT, f"{magic}\n{CALL}"]
    assert said == [("MV203", 2, 2, "refused")]
    # but it is Python.
    new, said = cells_of(f"\n{magic}\n{IMPORT}\n{CALL}\n", "v = 1")
    assert new == [f"\n{magic}\n{IMPORT}\nv.assign(1.)\n", "v = 1"]
    assert said == [("MV101", 1, 5, "safe")]


def test_cells_that_share_a_namespace_of_their_own() -> None:
    start, more = "%%writefile {}x.py\n" + IMPORT, "%%writefile {}x.py\n" + CALL
    assert cells_of(start.format(""), more.format("-a "))[1] == [("MV101", 2, 2, "safe")]
    assert cells_of(start.format(""), more.format(""))[1] == [("MV203", 2, 2, "refused")]
    assert cells_of(start.format(""), more.format("-a lib/"))[1] == [("MV203", 2, 2, "refused")]
    assert cells_of(f"%%px\n{IMPORT}", f"%%px\n!ls\n{CALL}")[1] == [("MV101", 2, 3, "safe")]
    assert cells_of(f"%%px\n{IMPORT}", f"%%px -t 1\n{CALL}")[1] == [("MV203", 2, 2, "refused")]
    assert cells_of(f"%%python\n{IMPORT}", f"%%python\n{CALL}")[1] == [("MV203", 2, 2, "refused")]


@pytest.mark.parametrize("magic", ["%%time", "%%capture out --no-stderr", "%%prun -q", "%%ipytest"])
def test_a_magic_that_leaves_the_namespace(magic: str) -> None:
    cell = f"{magic}\n!ls\nv = tf.constant(1.)"
    assert cells_of(IMPORT, cell, CALL)[1] == [("MV102", 3, 1, "refused")]


def test_what_timeit_binds_is_its_own() -> None:
    new, said = cells_of(
        IMPORT, f"%%timeit\n{CALL}", f"%%timeit -n 3\nv = tf.zeros([])\n{CALL}", CALL
    )
    assert new[1] == "%%timeit\nv.assign(1.)"
    assert said == [
        *(("MV101", 2, 2, "safe"), ("MV102", 3, 3, "refused"), ("MV101", 4, 1, "safe")),
    ]


@pytest.mark.parametrize(
    "magic", ["%%mine x", "%%bash", "%%script bash", "%%writefile x.sh", "%%writefile", "%%", "%%R"]
)
def test_a_magic_that_is_not_known_is_said(magic: str) -> None:
    new, said = cells_of(IMPORT, f"{magic}\n{CALL}", CALL)
    assert new == [IMPORT, f"{magic}\n{CALL}", "v.assign(1.)"]
    # It may bind anything.
    assert said == [("MV109", 2, 1, "refused"), ("MV101", 3, 1, "assumed")]
    assert cells_of(IMPORT, f"{magic}\nls")[1] == []


@pytest.mark.parametrize("magic", ["%%html", "%%markdown", "%%latex", "%%writefile x.md"])
def test_prose_is_passed_over(magic: str) -> None:
    assert cells_of(IMPORT, f"{magic}\n{CALL}", CALL)[1] == [("MV101", 3, 1, "safe")]


@pytest.mark.parametrize("line", ["%run other.py", "  %store -r v"])
def test_code_that_is_not_seen_may_bind_anything(line: str) -> None:
    line = f"if v:\n{line}" if line[0] == " " else line
    assert cells_of(IMPORT, line, CALL)[1] == [("MV101", 3, 1, "assumed")]
    assert cells_of(IMPORT, "%matplotlib inline", CALL)[1] == [("MV101", 3, 1, "safe")]


LINES = {
    "result": (
        ("op = tf.assign(v, 1.)", "x = 1\ntf.assign(op, 2.)"),
        "result of assign on line 1 of cell 2",
    ),
    "two lines": (
        ("a = tf.assign(v, 1.)", "\nb = tf.assign(v, 2.)\nsess.run([a, b])"),
        "on line 1 of cell 2 and line 2 of cell 3 are unordered",
    ),
    "loop": (
        ("op = v.assign(1.)", "x = 1\nfor i in r: sess.run(op)"),
        "in the loop on line 2 of cell 3;",
    ),
    "other scope": (
        ("def f():\n  global v\n  v = x", CALL),
        "line 3 of cell 2 can rebind 'v'",
    ),
    "call": (
        ("def up(v):\n    return tf.assign(v, 1.)", "up(v._ref())"),
        "line 1 of cell 3 passes a tensor to 'up'",
    ),
    "star import": (("from helpers import *", "assign(v, 1.)"), "on line 1 of cell 2"),
    "strategy": (
        ("s = tf.distribute.MirroredStrategy()", "tf.scatter_add(v, i, u)"),
        "line 1 of cell 2 mentions a strategy",
    ),
    "the user's words": (("d = 1", "tf.assign(d['line 3'], x, validate_shape=y)"), None),
    "syntax": (("x = 1", "\nif x:\ntf.assign(v, 1.)"), "'if' statement on line 2 of cell 3"),
}


@pytest.mark.parametrize(("sources", "message"), LINES.values(), ids=LINES.keys())
def test_a_line_in_a_message_is_one_of_a_cell(sources: tuple[str, str], message: str) -> None:
    text = json.dumps(notebook(*(code(source) for source in (IMPORT, *sources))))
    _, findings = rewritten(text.encode())
    said = [f.message for f in findings]
    assert message is None or any(message in m for m in said), said
    for one in said:
        lines = re.findall(r"(?<!')\blines? \d+(?! of cell \d)", one)
        assert lines == [], one


def test_a_failed_check_names_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CheckError("the meaning of line 6 changed")

    monkeypatch.setattr("migrate_vars.workspace.notebooks.rewrite_to", fail)
    text = json.dumps(notebook(code(IMPORT), code("x = 1\n", CALL)))
    (finding,) = rewrite_bytes(text.encode(), "a.ipynb", Options()).findings
    assert (finding.code, finding.status.value) == ("MV902", "error")
    assert "the meaning of line 2 of cell 2 changed" in finding.message


def test_an_import_goes_if_no_cell_needs_it() -> None:
    start = "from tensorflow import assign  # op\n" + IMPORT
    use = "assign(v, 1.)"
    new, said = cells_of(start, use)
    assert new == ["# op\n" + IMPORT, "v.assign(1.)"]
    assert said == [("MV113", 1, 1, "rewritten"), ("MV101", 2, 1, "safe")]
    assert cells_of("from tensorflow import assign", IMPORT, use)[0][0] == ""
    for other in (f"%time {use}", f"%%timeit\n{use}", f"%%mine\n{use}", f"x = (\n{use}", "assign"):
        new, said = cells_of(start, use, other)
        assert new[0] == start
        assert ("MV207", 1, 1, "advice") in said


def test_a_notebook_in_utf_16_is_said() -> None:
    source = json.dumps(notebook(code(IMPORT))).encode("utf-16")
    (finding,) = rewrite_bytes(source, "a.ipynb", Options()).findings
    assert finding.message.endswith("not a notebook: it is UTF-16; save it as UTF-8")


def test_a_state_op_in_a_magic_is_said() -> None:
    text = json.dumps(notebook(code(IMPORT), code("x = 1\n", "%time tf.assign(v, 1.)")))
    after, (finding,) = rewritten(text.encode())
    assert after == text.encode()
    assert (finding.code, finding.cell, finding.line) == ("MV109", 2, 2)


def test_one_broken_cell_leaves_the_others() -> None:
    cells = (code(IMPORT), code("x = 1\n", "print tf.assign(v, 1.)"), code("tf.assign(v, 1.)"))
    after, findings = rewritten(json.dumps(notebook(*cells, code("def"))).encode())
    assert b'"v.assign(1.)"' in after
    assert [(f.code, f.cell, f.line) for f in findings] == [("MV901", 2, 2), ("MV101", 3, 1)]


def test_nbformat_3() -> None:
    cell = {
        "cell_type": "code",
        "language": "python",
        "input": [*(IMPORT + "\n").splitlines(True), "tf.assign(v,1)"],
    }
    other = cell | {"language": "julia"}
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": [other]}, {"cells": [cell]}]})
    after, (finding,) = rewritten(text.encode())
    assert after.decode() == "v.assign(1)".join(text.rsplit("tf.assign(v,1)", 1))
    assert (finding.cell, finding.line) == (2, 3)


def test_other_languages_are_left_alone() -> None:
    for metadata in ({"kernelspec": {"language": "R"}}, {"language_info": {"name": "julia"}}):
        text = json.dumps(notebook(code(IMPORT), code("tf.assign(v, 1)"), **metadata)).encode()
        assert rewritten(text) == (text, ())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b'{"cells": [', "not a notebook: not valid JSON"),
        (b"", "not a notebook: not valid JSON"),
        (b"[]", "not a notebook: it has no cells"),
        (b'{"cells": 1}', "not a notebook: it has no cells"),
        (b"\xff", "not a notebook: not valid UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_one_line(source: bytes, message: str) -> None:
    (finding,) = rewrite_bytes(source, "a.ipynb", Options()).findings
    assert finding.code == "MV901"
    assert message in finding.message


def test_odd_cells_are_no_trouble() -> None:
    cells = [None, 1, {}, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}]
    half = code(IMPORT, "\n'\ud83d'")
    text = json.dumps({"cells": [*cells, half, code(IMPORT), code("tf.assign(v, 1)")]})
    after, (finding,) = rewritten(text.encode())
    assert after.decode() == text.replace('"tf.assign(v, 1)"', '"v.assign(1)"')
    assert finding.cell == 8


def test_a_byte_order_mark_and_windows_lines_stay() -> None:
    lines = ["import tensorflow as tf\r\n", "tf.assign(v, 1)\r\n"]
    text = json.dumps(notebook(code(*lines)), indent=1).replace("\n", "\r\n")
    before = b"\xef\xbb\xbf" + text.encode()
    after, _ = rewritten(before)
    assert after == before.replace(b'"tf.assign(v, 1)', b'"v.assign(1)')


def test_the_form_of_the_file_is_kept_when_it_is_written(tmp_path: Path) -> None:
    from migrate_vars.workspace.rewrite_files import rewrite_paths

    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook(code(IMPORT), code("tf.assign(v, 1)"))))
    (result,) = rewrite_paths([tmp_path], Options())
    assert result.changed
    assert path.read_bytes() == result.after


@pytest.mark.parametrize(
    ("document", "value", "after"),
    [
        ('{"a": ["x\\n", "y"]}', "x\nz", '{"a": ["x\\n", "z"]}'),
        ('{"a": ["x\\n", "y"]}', "x\n", '{"a": ["x\\n"]}'),
        ('{"a": ["x\\n", "y"]}', "y", '{"a": ["y"]}'),
        ('{"a": ["x\\n", "y"]}', "", '{"a": []}'),
        ('{"a": [ "x" ]}', "", '{"a": [  ]}'),
        ('{"a": ["x\\n",\n "y"]}', "x\nn\ny", '{"a": ["x\\n",\n "n\\n",\n "y"]}'),
        ('{"a": ["x\\n",\n "y\\n"]}', "x\ny\nz", '{"a": ["x\\n",\n "y\\n",\n "z"]}'),
        ('{"a": ["x\\ny"]}', "x\nz", '{"a": ["x\\n", "z"]}'),
        ('{"a": "\\u00e9 \\/ x"}', "é / \x01é", '{"a": "\\u00e9 \\/ \\u0001\\u00e9"}'),
        ('{"a": "é \\ud83d\\ude00 x"}', "é 😀 ü", '{"a": "é \\ud83d\\ude00 ü"}'),
    ],
)
def test_texts_in_json(document: str, value: str, after: str) -> None:
    assert with_strings(document, {("a",): value}) == after
    written = json.loads(after)["a"]
    assert "".join(written) == value


def test_a_mask_gives_back_what_it_hid() -> None:
    source = "%a\r\nif 1:\n  !b\n  c?\r\nx = %d\n"
    mask = Mask("mark")
    shown = mask.hide(source)
    assert shown is not None
    compile(shown, "cell", "exec")
    assert mask.show(shown) == source
    with pytest.raises(ValueError, match="gone"):
        mask.show("")
