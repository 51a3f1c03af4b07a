"""What other files tell of one: whether it is imported, what it leads to, what it is of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from migrate_vars.workspace.import_graph import FileSurroundings, ImportGraph

V1 = "import tensorflow as tf\nx = tf.placeholder\n"
V2 = "import tensorflow as tf\n@tf.function\ndef f(): pass\n"
BOTH = "import tensorflow as tf\nx = tf.nn.relu\n"


def around(folder: Path, files: Mapping[str, str], name: str) -> FileSurroundings:
    """Write files, and look at one of them."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return ImportGraph().surroundings(str(folder / name), files[name].encode())


@pytest.mark.parametrize(
    "statement",
    [
        "import model",
        "import os, model as m",
        "from model import (\n    net,  # it\n)",
        "def f():\n    from model import net",
        "try:\n    import model\nexcept ImportError:\n    pass",
    ],
)
def test_every_form_of_import_leads_to_a_file(tmp_path: Path, statement: str) -> None:
    files = {"main.py": f"{statement}\n", "model.py": V1}
    seen = around(tmp_path, files, "main.py")
    assert seen.leads_to_tensorflow()
    assert seen.imports_tensorflow("model")
    assert seen.is_v1()
    assert not seen.is_imported()
    assert around(tmp_path, files, "model.py").is_imported()


def test_through_packages_and_relative_imports(tmp_path: Path) -> None:
    files = {
        "main.py": "from pkg.nets import net\n",
        "pkg/__init__.py": "",
        "pkg/nets/__init__.py": "from . import net\n",
        "pkg/nets/net.py": "from ..layers import dense\n",
        "pkg/layers.py": "import tensorflow as tf\ndense = tf.layers.dense\n",
    }
    seen = around(tmp_path, files, "main.py")
    assert seen.leads_to_tensorflow()
    assert seen.needs_keras("pkg.nets")
    assert not seen.imports_tensorflow("numpy")
    assert around(tmp_path, files, "pkg/layers.py").is_imported()


def test_what_leads_nowhere(tmp_path: Path) -> None:
    files = {"main.py": "import json, tensorflow\nimport helper\n", "helper.py": "import os\n"}
    seen = around(tmp_path, files, "main.py")
    assert not seen.leads_to_tensorflow()
    assert not seen.imports_tensorflow("helper")
    assert not seen.imports_tensorflow("not_here")
    assert not seen.needs_keras("helper")


def test_files_that_import_one_another_come_to_an_end(tmp_path: Path) -> None:
    files = {"a.py": "import b\n", "b.py": "import a\nimport tensorflow\n"}
    assert around(tmp_path, files, "a.py").leads_to_tensorflow()


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"main.py": "import helper\n" + V1}, True),
        ({"main.py": "import helper\n" + V2}, False),
        ({"main.py": "import helper\n" + BOTH}, False),
        ({"main.py": "import helper\n" + V1, "b.py": "import helper\n" + V2}, False),
        ({"main.py": "import helper\n" + V2, "apart.py": V1}, False),
        ({"main.py": "import helper, net\n", "net.py": V1}, True),
    ],
)
def test_a_file_is_of_what_most_of_its_program_is_of(
    tmp_path: Path, others: dict[str, str], expected: bool
) -> None:
    assert around(tmp_path, {"helper.py": BOTH, **others}, "helper.py").is_v1() is expected


def test_a_file_that_is_not_there_has_no_neighbours(tmp_path: Path) -> None:
    seen = ImportGraph().surroundings(str(tmp_path / "none.py"), V1.encode())
    assert not seen.is_imported()
    assert not seen.is_v1()
    assert not seen.leads_to_tensorflow()
