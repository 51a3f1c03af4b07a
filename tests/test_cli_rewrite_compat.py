"""`migrate-vars rewrite --to compat`: projects, notebooks, forms of output, configuration."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from migrate_vars.cli import main

NEW = "import tensorflow.compat.v1 as tf\n"
OFF = "tf.disable_v2_behavior()\n"
COMPAT = ["rewrite", "--to", "compat", "--isolated"]
MODEL = "import tensorflow as tf\n\n\ndef net(x):\n    return tf.layers.dense(x, 1)\n"
HELPER = "import tensorflow as tf\n\n\ndef act(x):\n    return tf.nn.relu(x)\n"
MAIN = "import numpy as np\nimport model\nimport helper\n\nmodel.net(np.zeros([1, 1]))\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("model.py", MODEL), ("helper.py", HELPER), ("main.py", MAIN)):
        Path(name).write_text(text)
    return tmp_path


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*.py"))}


def test_a_program_of_several_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPAT, "."]) == 0
    after = contents(project)
    assert after["model.py"] == MODEL.replace("import tensorflow as tf\n", NEW)
    assert after["helper.py"] == HELPER.replace("import tensorflow as tf\n", NEW)
    assert after["main.py"] == MAIN.replace(
        "import model\n",
        f'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n{NEW}{OFF}import model\n',
    )
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("the result needs: pip install ")
    assert "tf_keras" in last
    assert main([*COMPAT, ".", "--check"]) == 0
    assert contents(project) == after


def test_what_comes_next_works_on_the_result(project: Path) -> None:
    Path("ops.py").write_text(
        "import tensorflow as tf\nv = tf.get_variable('v', [])\nop = tf.assign(v, 1.)\n"
    )
    assert main([*COMPAT, "ops.py", "-q"]) == 0
    assert main(["rewrite", "--isolated", "ops.py", "-q"]) == 0
    assert Path("ops.py").read_text() == (
        f"{NEW}{OFF}v = tf.get_variable('v', [])\nop = v.assign(1.)\n"
    )


def test_a_library_is_told_what_its_user_must_do(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("main.py").unlink()
    assert main([*COMPAT, ".", "--check", "--output-format", "concise"]) == 1
    out = capsys.readouterr().out
    assert out.count("MV409") == 1
    assert "disable_v2_behavior() before anything is built; set TF_USE_LEGACY_KERAS=1, too" in out
    assert main([*COMPAT, ".", "--check", "--ignore", "MV409"]) == 1
    assert "MV409" not in capsys.readouterr().out


def test_json_lists_what_is_needed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMPAT, ".", "--check", "--output-format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [name.partition("~")[0].partition(">")[0] for name in document["needs"]] == [
        "tensorflow",
        "tf_keras",
    ]
    assert document["statistics"] == {"MV401": 2, "MV404": 1, "MV405": 1}
    assert all(finding["fix"] for finding in document["findings"])
    assert main(["rewrite", "--isolated", ".", "--check", "--output-format", "json"]) == 0
    assert "needs" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("output_format", ["sarif", "github", "full"])
def test_other_forms_of_output(
    project: Path, output_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMPAT, "model.py", "--check", "--output-format", output_format]) == 1
    assert "MV401" in capsys.readouterr().out


def test_diff_and_standard_input(
    project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMPAT, "model.py", "--diff"]) == 1
    assert "+import tensorflow.compat.v1 as tf\n" in capfd.readouterr().out
    stdin = io.TextIOWrapper(io.BytesIO(MODEL.encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    assert main([*COMPAT, "-"]) == 0
    assert capfd.readouterr().out == MODEL.replace("import tensorflow as tf\n", NEW)
    assert Path("model.py").read_text() == MODEL


def test_the_configuration_may_say_it(project: Path) -> None:
    Path("pyproject.toml").write_text('[tool.migrate-vars]\nto = "compat"\n')
    assert main(["rewrite", "model.py", "-q"]) == 0
    assert Path("model.py").read_text().startswith(NEW)
    Path("pyproject.toml").write_text('[tool.migrate-vars]\nto = "heaven"\n')
    assert main(["rewrite", "model.py"]) == 2


def test_python_2_is_said_to_be_not_understood(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old.py").write_text("import tensorflow as tf\nprint tf.Session\n")
    assert main([*COMPAT, "old.py"]) == 2
    out = capsys.readouterr().out
    assert "MV901" in out
    assert "2to3" in out


def test_notebooks(project: Path) -> None:
    sources = ["# first\nimport numpy as np", "%matplotlib inline\nimport tensorflow as tf\n",
               "y = tf.layers.dense(tf.placeholder(tf.float32, [1, 1]), 1)"]  # fmt: skip
    cells = [{"cell_type": "code", "source": text, "metadata": {}} for text in sources]
    Path("a.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    assert main([*COMPAT, "a.ipynb", "-q"]) == 0
    after = [cell["source"] for cell in json.loads(Path("a.ipynb").read_text())["cells"]]
    assert after == [
        sources[0],
        f'%matplotlib inline\nimport os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n{NEW}{OFF}',
        sources[2],
    ]
    before = Path("a.ipynb").read_text()
    assert main([*COMPAT, "a.ipynb", "-q"]) == 0
    assert Path("a.ipynb").read_text() == before


def test_comments_of_one_rung_are_not_idle_on_the_other(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "import tensorflow as tf  # migrate-vars: ignore[MV401]\n\n\n"
        "def f(v):\n    return tf.assign(v, 1.)  # migrate-vars: ignore[MV101]\n"
    )
    Path("model.py").write_text(text)
    for rung in ("compat", "methods"):
        assert main(["rewrite", "--isolated", "--to", rung, "model.py"]) == 0
        assert "MV90" not in capsys.readouterr().out
    assert Path("model.py").read_text() == text


def test_rules_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "MV404"]) == 0
    assert "tf.disable_v2_behavior()" in capsys.readouterr().out
    assert main(["explain", "--list", "MV4"]) == 0
    assert capsys.readouterr().out.startswith("MV401  ")
