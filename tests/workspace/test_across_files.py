"""What is learned of other files: what their names mean, and what they hold."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from migrate_vars.findings.finding import Finding, Safety
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_file import rewrite_bytes
from migrate_vars.workspace.rewrite_files import rewrite_paths

Tree = Mapping[str, str]
CALL = "tf.assign(v, 1.)\n"
V1 = "import tensorflow.compat.v1 as tf\n"

# What TensorFlow is called in a file, and the files beside it.
KNOWN: dict[str, tuple[str, Tree]] = {
    "a module": (
        "from . import compat as tf\n",
        {"compat": "from tensorflow.compat.v1 import *\n"},
    ),
    "a name": ("from .compat import tf\n", {"compat": V1}),
    "another name": ("from .compat import tfv1 as tf\n", {"compat": "import tensorflow as tfv1\n"}),
    "the full name": ("from pkg.compat import tf\n", {"compat": V1}),
    "a module by its full name": (
        "import pkg.compat as tf\n",
        {"compat": "from tensorflow import *\n"},
    ),
    "a submodule": (
        "import pkg.compat.tf1 as tf\n",
        {"compat/__init__": "", "compat/tf1": "from tensorflow.compat.v1 import *\n"},
    ),
    "a package without a file": (
        "import pkg.compat.tf1 as tf\n",
        {"compat/tf1": "from tensorflow.compat.v1 import *\n"},
    ),
    "a chain": ("from . import tf\n", {"__init__": "from .compat import tf\n", "compat": V1}),
    "a chain of stars": (
        "from .a import tf\n",
        {"a": "from .b import *\n", "b": "from .c import *\n", "c": V1},
    ),
    "a star": ("from .compat import *\n", {"compat": V1}),
    "a star with a list": ("from .a import *\n", {"a": f"{V1}__all__ = ['tf']\n"}),
    "a star beside stars of the library": (
        "from os.path import *\nfrom .compat import *\n",
        {"compat": V1},
    ),
    "members one by one": (
        "from . import compat as tf\n",
        {
            "compat": "import tensorflow.compat.v1 as tf1\nfrom tensorflow.compat.v2 import *\n"
            "assign = tf1.assign\nVariable = tf1.Variable\n"
        },
    ),
    "either of two": (
        "from .compat import tf\n",
        {
            "compat": "import tensorflow as tf0\ntry:\n    tf = tf0.compat.v1\n"
            "except AttributeError:\n    tf = tf0\n"
        },
    ),
    "a circle": (
        "from .a import tf\n",
        {"a": "from .b import tf\nfrom .b import x\n", "b": f"from .a import y\n{V1}x = 1\n"},
    ),
    "a package that imports its module": (
        "from . import compat\ntf = compat.tf\n",
        {"__init__": "from . import compat, other\n", "compat": V1},
    ),
    "a package that imports its module by the full name": (
        "from pkg.compat import tf\n",
        {"__init__": "from pkg import compat\nfrom pkg.compat import tf\n", "compat": V1},
    ),
    "imported in a function": ("", {"compat": V1}),
    "a neighbour that imports this file": (
        "from .compat import tf\n",
        {"compat": f"{V1}from .train import train\n"},
    ),
}
# What is not TensorFlow, or not for certain; and the code that says so, if one does.
LEFT: dict[str, tuple[str, Tree, str]] = {
    "no such file": ("from .compat import tf\n", {}, "MV203"),
    "no such name": ("from .compat import tf\n", {"compat": "x = 1\n"}, "MV203"),
    "a file that cannot be parsed": (
        "from .compat import tf\n",
        {"compat": "import tf(\n"},
        "MV203",
    ),
    "a wrapped module": ("from .compat import tf\n", {"compat": f"{V1}tf = wrap(tf)\n"}, "MV203"),
    "a class": ("from . import compat as tf\n", {"compat": "class assign: pass\n"}, ""),
    "a function": (
        "from . import compat as tf\n",
        {"compat": "from tensorflow import *\ndef assign(v, x): pass\n"},
        "",
    ),
    "an object": ("from .compat import tf\n", {"compat": "class TF: pass\ntf = TF()\n"}, "MV203"),
    "rebound": ("from .compat import tf\n", {"compat": f"{V1}tf.assign = put\n"}, "MV203"),
    "rebound by its name": (
        "from .compat import tf\n",
        {"compat": f"{V1}setattr(tf, 'assign', put)\n"},
        "MV205",
    ),
    "patched": (
        "from .compat import tf\n",
        {"compat": f"{V1}mock.patch('tensorflow.assign').start()\n"},
        "MV205",
    ),
    "a module in another's place": (
        "from .compat import tf\n",
        {"compat": f"{V1}import sys\nsys.modules[__name__] = wrap()\n"},
        "MV203",
    ),
    "bound by code": ("from .compat import tf\n", {"compat": f"{V1}exec(code)\n"}, "MV205"),
    "bound by a function": (
        "from .compat import tf\n",
        {"compat": f"{V1}def use(module):\n    global tf\n    tf = module\n"},
        "MV205",
    ),
    "either": (
        "from .compat import tf\n",
        {"compat": f"try:\n    from lingvo import compat as tf\nexcept ImportError:\n    {V1}"},
        "MV205",
    ),
    "a star that may hide it": (
        "from .compat import tf\n",
        {"compat": f"{V1}from elsewhere import *\n"},
        "MV205",
    ),
    "hidden from the star": ("from .a import *\n", {"a": f"{V1}__all__ = ['x']\n"}, "MV204"),
    "a star of another star": (
        "from .compat import *\nfrom elsewhere import *\n",
        {"compat": V1},
        "MV205",
    ),
    "a circle": (
        "from .a import tf\n",
        {"a": "from .b import tf\n", "b": "from .a import tf\n"},
        "MV203",
    ),
    "a circle of stars": (
        "from .a import *\n",
        {"a": "from .b import *\n", "b": "from .c import *\n", "c": "from .a import *\n"},
        "MV204",
    ),
    "a circle that grows": (
        "from .a import tf\n",
        {"a": "from .b import x as tf\n", "b": "from .a import tf as y\nx = y.x\n"},
        "MV203",
    ),
    "itself": ("from .train import tf\n", {}, "MV203"),
    "taken away": ("from .compat import tf\n", {"compat": f"{V1}del tf\n"}, "MV203"),
    "found by a function": (
        "from . import compat as tf\n",
        {"compat": "def __getattr__(name): return find(name)\n"},
        "MV203",
    ),
    "too many dots": ("from .....compat import tf\n", {"compat": V1}, "MV203"),
    "a star above all folders": (f"from {'.' * 99} import *\n", {}, "MV204"),
}
# What is written to, the other file, and how sure it is to be a variable.
RECEIVERS: dict[str, tuple[str, str, Safety]] = {
    "a name": ("from .model import v\ntf.assign(v, 1.)\n", "v = tf.Variable(1.)\n", Safety.SAFE),
    "an attribute": (
        "from . import model\ntf.assign(model.v, 1.)\n",
        "v = tf.get_variable('v', [])\n",
        Safety.SAFE,
    ),
    "in a function": (
        "from .model import v\ndef f():\n    tf.assign(v, 1.)\n",
        "v = tf.Variable(1.)\n",
        Safety.SAFE,
    ),
    "returned": (
        "from .model import make\ntf.assign(make(), 1.)\n",
        "def make():\n    return tf.Variable(1.)\n",
        Safety.SAFE,
    ),
    "returned and named": (
        "from .model import make\nv = make()\ntf.assign(v, 1.)\n",
        "def make():\n    v = tf.get_variable('v', [])\n    return v\n",
        Safety.SAFE,
    ),
    "an element": (
        "from . import model\nfor v in model.vs:\n    tf.assign(v, 1.)\n",
        "vs = [tf.Variable(1.), tf.Variable(2.)]\n",
        Safety.SAFE,
    ),
    "an element of what is returned": (
        "from .model import make\nfor v, w in zip(make(), make()):\n    tf.assign(v, w)\n",
        "def make():\n    return tf.trainable_variables()\n",
        Safety.SAFE,
    ),
    "an item of a dictionary": (
        "from .model import vs\ntf.assign(vs['a'], 1.)\n",
        "vs = {'a': tf.Variable(1.), 'b': None}\n",
        Safety.SAFE,
    ),
    "inherited": (
        "from .model import Base\nclass A(Base):\n    def f(self):\n"
        "        tf.assign(self.v, 1.)\n",
        "class Base:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n",
        Safety.SAFE,
    ),
    "of an object": (
        "from .model import Model\nmodel = Model()\ntf.assign(model.v, 1.)\n",
        "class Model:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n",
        Safety.SAFE,
    ),
    "of an object of self": (
        "from .model import Model\nclass A:\n    def __init__(self):\n        self.m = Model()\n"
        "    def f(self):\n        tf.assign(self.m.v, 1.)\n",
        "class Model:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n",
        Safety.SAFE,
    ),
    "a tensor": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "v = tf.zeros([])\n",
        Safety.REFUSED,
    ),
    "rebound to a tensor": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "v = tf.Variable(1.)\nv = v + 1.\n",
        Safety.REFUSED,
    ),
    "the result of a state op": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "v = tf.assign(tf.Variable(1.), 2.)\n",
        Safety.REFUSED,
    ),
    "the result of a method": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "v = tf.Variable(1.).assign(2.)\n",
        Safety.REFUSED,
    ),
    "a tensor of an object": (
        "from .model import Model\nmodel = Model()\ntf.assign(model.v, 1.)\n",
        "class Model:\n    def __init__(self):\n        self.v = tf.Variable(1.).value()\n",
        Safety.REFUSED,
    ),
    "a tensor, inherited": (
        "from .model import Base\nclass A(Base):\n    def f(self):\n"
        "        tf.assign(self.v, 1.)\n",
        "class Base:\n    def __init__(self):\n        self.v = tf.Variable(1.).value()\n",
        Safety.REFUSED,
    ),
    "perhaps": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "if a:\n    v = tf.Variable(1.)\nelse:\n    v = load()\n",
        Safety.ASSUMED,
    ),
    "rebound by a function": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "v = tf.Variable(1.)\ndef use(x):\n    global v\n    v = x\n",
        Safety.ASSUMED,
    ),
    "bound by a string": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "v = tf.Variable(1.)\nglobals().update(more)\n",
        Safety.ASSUMED,
    ),
    "a decorated function": (
        "from .model import make\ntf.assign(make(), 1.)\n",
        "@tf.function\ndef make():\n    return tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
    "a decorated class": (
        "from .model import Model\nmodel = Model()\ntf.assign(model.v, 1.)\n",
        "@wrapped\nclass Model:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
    "a function for a class": (
        "from .model import Model\nmodel = Model()\ntf.assign(model.v, 1.)\n",
        "def Model():\n    return tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
    "an attribute that is set here, too": (
        "from .model import Model\nmodel = Model()\nmodel.v = x\ntf.assign(model.v, 1.)\n",
        "class Model:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
    "an attribute that a derived class sets": (
        "from .model import Base\nclass A(Base):\n    def f(self):\n        self.v = x\n"
        "        train()\n        tf.assign(self.v, 1.)\n",
        "class Base:\n    def __init__(self):\n        self.v = tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
    "a parameter that it returns": (
        "from .model import same\ntf.assign(same(w), 1.)\n",
        "def same(v):\n    return v\nsame(tf.Variable(1.))\nsame(tf.zeros([]))\n",
        Safety.ASSUMED,
    ),
    "another function of the same name": (
        "from .model import make\ndef make(): return x\ntf.assign(make(), 1.)\n",
        "def make():\n    return tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
    "itself in a circle": (
        "from .model import v\ntf.assign(v, 1.)\n",
        "from .other import v\nv = v or tf.Variable(1.)\n",
        Safety.ASSUMED,
    ),
}


def written(root: Path, files: Tree) -> Path:
    """Write a package, of which all folders that are named have a file."""
    for name, text in {"__init__": "", **files}.items():
        path = root / "pkg" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root / "pkg"


def findings(paths: Iterable[str | Path], options: Options | None = None) -> list[Finding]:
    """Return what is said of files, none of which is written."""
    options = options or Options(write=False)
    return [finding for result in rewrite_paths(paths, options) for finding in result.findings]


def decisions(found: Iterable[Finding]) -> list[tuple[str, Safety | None]]:
    return [(f.code, f.safety) for f in found if f.safety is not None]


@pytest.mark.parametrize(("imports", "files"), KNOWN.values(), ids=KNOWN.keys())
def test_what_another_file_calls_tensorflow(tmp_path: Path, imports: str, files: Tree) -> None:
    source = imports + CALL if imports else f"def f(v):\n    from .compat import tf\n    {CALL}"
    folder = written(tmp_path, {**files, "train": source})
    found = findings([folder / "train.py"])
    assert decisions(found) == [("MV101", Safety.ASSUMED)]


@pytest.mark.parametrize(("imports", "files", "code"), LEFT.values(), ids=LEFT.keys())
def test_what_may_be_something_else(tmp_path: Path, imports: str, files: Tree, code: str) -> None:
    folder = written(tmp_path, {**files, "train": imports + CALL})
    found = findings([folder / "train.py"])
    assert decisions(found) == ([(code, Safety.REFUSED)] if code else [])


@pytest.mark.parametrize(("source", "other", "safety"), RECEIVERS.values(), ids=RECEIVERS.keys())
def test_what_another_file_holds(tmp_path: Path, source: str, other: str, safety: Safety) -> None:
    folder = written(tmp_path, {"model": V1 + other, "train": V1 + source})
    found = [f for f in findings([folder / "train.py"]) if f.safety is not None]
    assert [f.safety for f in found] == [safety]
    assert (
        safety is not Safety.SAFE
        or "pkg.model" in found[0].message
        or "element" in found[0].message
    )


def test_unknown_modules_name_the_option(tmp_path: Path) -> None:
    folder = written(tmp_path, {"train": "from lingvo import compat as tf\n" + CALL})
    (finding,) = findings([folder / "train.py"])
    assert "'tf' is lingvo" in finding.message
    assert "--tf-modules" in finding.message
    folder = written(tmp_path, {"train": "def f(tf, v):\n    " + CALL})
    (finding,) = findings([folder / "train.py"])
    assert "--tf-modules" not in finding.message


@pytest.mark.parametrize("name", ["pkg.backend", "pkg.compat.K", "pkg.keras_backend"])
def test_a_named_module_can_be_a_backend_of_keras(tmp_path: Path, name: str) -> None:
    module, _, last = name.rpartition(".")
    source = (
        f"from {module} import {last} as K\nK.update_add(v, 1.)\nK.update(v, x)\nK.assign(v, x)\n"
    )
    folder = written(tmp_path, {"train": source})
    options = Options(write=False, tf_modules=(name,))
    assert [f.code for f in findings([folder / "train.py"], options)] == ["MV101"] * 3
    options = Options(write=False, tf_modules=("pkg.other",))
    assert [f.code for f in findings([folder / "train.py"], options)] == ["MV203"] * 3


def test_a_named_module_that_is_no_backend_has_no_update(tmp_path: Path) -> None:
    folder = written(tmp_path, {"train": "from pkg import compat as K\nK.update(v, x)\n"})
    options = Options(write=False, tf_modules=("pkg.compat",))
    assert [f.code for f in findings([folder / "train.py"], options)] != ["MV101"]


def test_what_the_user_says_comes_before_what_the_file_shows(tmp_path: Path) -> None:
    files = {"compat": "tf = wrap()\n", "train": "from .compat import tf\n" + CALL}
    folder = written(tmp_path, files)
    options = Options(write=False, tf_modules=("pkg.compat.tf",))
    assert decisions(findings([folder / "train.py"], options)) == [("MV101", Safety.ASSUMED)]


def test_a_backend_of_keras_is_found(tmp_path: Path) -> None:
    files = {
        "util": "from tensorflow.keras import backend as K\n",
        "train": "from .util import K\nK.update_add(v, 1.)\nK.update(v, x)\n",
    }
    folder = written(tmp_path, files)
    assert decisions(findings([folder / "train.py"])) == [("MV101", Safety.ASSUMED)] * 2


def test_members_that_a_module_sets_on_another(tmp_path: Path) -> None:
    compat = (
        "import tensorflow.compat.v1 as tf1\nfrom tensorflow.compat.v2 import *\n"
        "train = copy(train)\ntrain.get_global_step = tf1.train.get_global_step\n"
        "train.Saver = wrapped(tf1.train.Saver)\nassign = tf1.assign\n"
    )
    source = "from . import compat as tf\ntf.assign(tf.train.get_global_step(), 1)\n"
    folder = written(tmp_path, {"compat": compat, "train": source})
    assert decisions(findings([folder / "train.py"])) == [("MV101", Safety.SAFE)]
    other = source.replace("get_global_step", "get_or_create_global_step")
    folder = written(tmp_path, {"train": other})
    assert decisions(findings([folder / "train.py"])) == [("MV101", Safety.ASSUMED)]


def test_packed_arguments_use_the_name_that_the_module_has(tmp_path: Path) -> None:
    files = {
        "compat": "from tensorflow.compat.v1 import *\n",
        "train": "from . import compat as tf\ntf.scatter_add(v, i, u)\n",
    }
    folder = written(tmp_path, files)
    (result,) = rewrite_paths([folder / "train.py"], Options(write=False))
    expected = "from . import compat as tf\nv.scatter_add(tf.IndexedSlices(indices=i, values=u))\n"
    assert result.after.decode() == expected


def test_nothing_is_imported_or_executed(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    files = {
        "compat": f"open({str(mark)!r}, 'w')\n{V1}",
        "train": "from .compat import tf\n" + CALL,
    }
    folder = written(tmp_path, files)
    assert decisions(findings([folder])) == [("MV101", Safety.ASSUMED)]
    assert not mark.exists()


def test_a_neighbour_that_is_nested_too_deeply(tmp_path: Path) -> None:
    deep = "x = " + "(" * 5000 + ")" * 5000 + "\n"
    chain = "v = tf.Variable(1.)\nx = a" + ".b" * 20000 + "\n"
    files = {
        "compat": V1 + deep,
        "model": V1 + chain,
        "train": f"{V1}from .compat import tf as tf2\nfrom .model import x\n"
        "tf2.assign(v, 1.)\ntf.assign(x, 1.)\ntf.assign(v, 1.)\n",
    }
    folder = written(tmp_path, files)
    assert len(decisions(findings([folder / "train.py"]))) == 3


def test_links_and_folders_with_the_name_of_a_module(tmp_path: Path) -> None:
    folder = written(tmp_path, {"train": "from .compat import tf\n" + CALL, "real": V1})
    (folder / "compat.py").symlink_to("compat.py")
    assert decisions(findings([folder / "train.py"])) == [("MV203", Safety.REFUSED)]
    (folder / "compat.py").unlink()
    (folder / "compat.py").mkdir()
    assert decisions(findings([folder / "train.py"])) == [("MV203", Safety.REFUSED)]
    (folder / "compat.py").rmdir()
    (folder / "compat.py").symlink_to("real.py")
    assert decisions(findings([folder / "train.py"])) == [("MV101", Safety.ASSUMED)]


@pytest.mark.parametrize("name", ["train.py", "missing.py"])
def test_a_source_that_is_no_file_has_the_neighbours_of_its_name(tmp_path: Path, name: str) -> None:
    folder = written(tmp_path, {"compat": V1})
    source = ("from .compat import tf\n" + CALL).encode()
    result = rewrite_bytes(source, str(folder / name), Options())
    assert decisions(result.findings) == [("MV101", Safety.ASSUMED)]
    for elsewhere in (str(folder / "missing" / name), "<stdin>"):
        result = rewrite_bytes(source, elsewhere, Options())
        assert decisions(result.findings) == [("MV203", Safety.REFUSED)]


def test_a_notebook_has_the_files_beside_it(tmp_path: Path) -> None:
    folder = written(tmp_path, {"compat": V1})
    sources = [["from compat import tf\n"], ["v = tf.Variable(1.)\n", CALL]]
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    text = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    path = folder.parent / "train.ipynb"
    path.write_text(text)
    assert decisions(findings([path])) == [("MV203", Safety.REFUSED)]
    (folder.parent / "compat.py").write_text(V1)
    assert decisions(findings([path])) == [("MV101", Safety.SAFE)]


def test_a_process_reads_files_anew(tmp_path: Path) -> None:
    folder = written(tmp_path, {"compat": V1, "train": "from .compat import tf\n" + CALL})
    options = Options(write=False)
    assert decisions(findings([folder / "train.py"], options)) == [("MV101", Safety.ASSUMED)]
    (folder / "compat.py").write_text("tf = wrap()\n")
    copy = pickle.loads(pickle.dumps(options))
    assert decisions(findings([folder / "train.py"], copy)) == [("MV203", Safety.REFUSED)]


LINES = (
    *("import tensorflow as tf", "from tensorflow import assign", "from m{} import *"),
    *("from m{} import tf", "from m{} import v", "from m{} import make", "import m{}"),
    *("from m{} import v as w", "tf = wrap(tf)", "v = tf.Variable(1.)", "v = tf.zeros([])"),
    *("v = make()", "v = v or w", "w = v", "vs = [v, w]", "def make(): return tf.Variable(1.)"),
    *("def make(): return v", "def make(): return m{}.make()", "op = tf.assign(v, 1.)"),
    *("v = tf.assign(v, 1.)", "v = m{}.v.assign(1.)", "tf.assign(m{}.v, 2.)", "tf.assign(w, 2.)"),
    *("tf.scatter_add(v, i, u)", "tf.assign(make(), 2.)", "assign(v, 1.)", "m{}.tf.assign(v, 2.)"),
    *("for x in m{}.vs: tf.assign(x, 1.)", "class A:\n    def __init__(self): self.v = v"),
    *("from m{} import A", "class B(A):\n    def f(self): tf.assign(self.v, 1.)"),
    *("a = A()", "tf.assign(a.v, 1.)", "m{}.A().v.assign_add(1.)"),
)


def random_project(chance: random.Random) -> dict[str, str]:
    """Return modules that import each other at random."""
    return {
        f"m{number}": "\n".join(
            chance.choice(LINES).format(chance.randrange(4)) for _ in range(chance.randrange(3, 12))
        )
        + "\n"
        for number in range(4)
    }


def outcome(folder: Path, files: Tree, paths: Sequence[str], options: Options) -> dict[str, object]:
    """Return what is said of each file, and what is in it in the end."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    said = {
        Path(r.path).name: r.findings for r in rewrite_paths([folder / p for p in paths], options)
    }
    ends = {name: (folder / f"{name}.py").read_text() for name in files}
    return {"said": said, "ends": ends}


@pytest.mark.parametrize("seed", range(60))
def test_neither_order_nor_processes_matter(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    files = random_project(chance)
    names = [f"{name}.py" for name in files]
    expected = outcome(tmp_path, files, names, Options())
    for _ in range(4):
        chance.shuffle(names)
        assert outcome(tmp_path, files, names, Options()) == expected
    said = outcome(tmp_path, files, names, Options(write=False))["said"]
    assert said == expected["said"]
    for name in names:
        alone = outcome(tmp_path, files, [name], Options(write=False))["said"]
        assert alone == {name: said[name]}  # type: ignore[index]


@pytest.mark.parametrize("seed", range(100, 104))
def test_neither_do_processes_that_work_at_a_time(tmp_path: Path, seed: int) -> None:
    files = random_project(random.Random(seed))
    names = [f"{name}.py" for name in files]
    expected = outcome(tmp_path, files, names, Options())
    for jobs in (2, 3):
        options = Options(jobs=jobs, pool_after=0.0)
        assert outcome(tmp_path, files, names, options) == expected
