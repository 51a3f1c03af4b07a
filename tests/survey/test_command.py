"""The command `migrate-vars survey`, in process: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars.cli import main
from tests.survey.projects import write

V1 = "import tensorflow as tf\nv = tf.Variable(1.)\nu = tf.assign(v, 2.)\ns = tf.Session()\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a program, a test and a file in Python 2, as the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return write(
        tmp_path,
        {
            "pkg/train.py": V1,
            "pkg/train_test.py": V1,
            "pkg/old.py": "import tensorflow as tf\nprint tf.x\n",
            "pkg/contrib.py": V1 + "tf.contrib.nowhere.f()\n",
            "build/left_out.py": V1,
        },
    )


def test_a_survey_says_everything_in_words(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["survey", "."]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert " ".join(lines[:2]) == (
        "4 files, 4 with TensorFlow, 1 in Python 2, not read, 1 not understood; 2 programs, 1 test"
    )
    assert "        1 can reach methods: rewrite --to compat, then rewrite" in lines
    assert "        1 need work first: see below" in lines
    assert any("tf.contrib.nowhere (MV403)" in line for line in lines)
    assert any(line.startswith("./pkg/old.py:2: cannot be parsed") for line in lines)
    assert max(len(line) for line in lines if "old.py:2" not in line) <= 80


def test_long_tables_are_cut_and_verbose_shows_them_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {f"f{n:02}.py": V1 for n in range(20)})
    assert main(["survey", str(tmp_path)]) == 0
    assert "... 5 more; --verbose shows all" in capsys.readouterr().out
    assert main(["survey", "--verbose", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "f19.py" in out
    assert "more;" not in out


def test_json_holds_all_of_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["survey", "--output-format", "json", "."]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["version"] == 1
    assert document["totals"]["rungs"] == {"unknown": 1, "v1": 3}
    assert document["totals"]["state_ops"] == {"assign": {"safe": 3}}
    assert {p["path"]: p["reach"] for p in document["programs"]} == {
        "./pkg/train.py": "methods",
        "./pkg/train_test.py": "methods",
        "./pkg/contrib.py": "v1",
    }
    (obstacle,) = document["obstacles"]
    assert (obstacle["what"], obstacle["freed"]) == ("tf.contrib.nowhere", ["./pkg/contrib.py"])
    (old,) = [file for file in document["files"] if file["path"] == "./pkg/old.py"]
    assert (old["rung"], old["python_2"], len(old["not_understood"])) == ("unknown", True, 1)


def test_the_page_of_the_documentation_names_every_key(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["survey", "--output-format", "json", "--write-baseline", "b.json", "."]) == 0
    capsys.readouterr()
    assert main(["survey", "--output-format", "json", "--baseline", "b.json", "."]) == 0
    document = json.loads(capsys.readouterr().out)
    page = (Path(__file__).parents[2] / "docs" / "survey.md").read_text("utf-8")
    keys = {*document, *document["totals"], *document["files"][0], *document["programs"][0]}
    keys |= {*document["obstacles"][0], *document["order"][0], *document["changes"]}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def test_a_baseline_fails_when_something_slid_back(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["survey", "-q", "--write-baseline", "survey.json", "."]) == 0
    assert main(["survey", "-q", "--baseline", "survey.json", "."]) == 0
    assert capsys.readouterr().out == ""
    (tree / "pkg" / "train.py").write_text(V1 + "tf.assign_add(v, 1.)\n")
    assert main(["survey", "-q", "--baseline", "survey.json", "."]) == 1
    assert "worse: pkg/train.py: state ops: 2, were 1" in capsys.readouterr().out


def test_files_that_cannot_be_read_are_errors(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["survey", "missing.py", "pkg"]) == 2
    captured = capsys.readouterr()
    assert "missing.py: MV903 cannot be read" in captured.err
    assert "pkg/train.py" in captured.out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["-"], "not standard input"),
        (["--baseline", "none.json", "."], "none.json"),
        (["--report", "none/report.html", "."], "none/report.html"),
    ],
)
def test_wrong_usage(
    arguments: list[str], why: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["survey", *arguments]) == 2
    assert why in capsys.readouterr().err


def test_configuration_and_several_processes_change_nothing(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "pyproject.toml").write_text(
        '[tool.migrate-vars]\nignore = ["MV"]\nextend-exclude = ["old.py"]\nsafe = true\n'
    )
    assert main(["survey", "--output-format", "json", "."]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["totals"]["files"] == 3
    assert document["totals"]["state_ops"] == {"assign": {"safe": 3}}
    assert len(document["obstacles"]) == 1


def test_no_file_is_written_and_tensorflow_is_not_imported(tree: Path) -> None:
    code = (
        "import sys\nfrom migrate_vars.cli import main\nassert main(['survey', '-q', '.']) == 0\n"
        "assert not {'tensorflow', 'keras', 'numpy', 'libcst', 'jinja2'} & set(sys.modules)\n"
    )
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tree, timeout=120)
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before
