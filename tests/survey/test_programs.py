"""Programs: their files, how far they can go, what stands in the way, and in which order."""

from __future__ import annotations

from pathlib import Path

from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.order import tasks
from migrate_vars.survey.rungs import Rung
from tests.survey.projects import surveyed

MODEL = "import tensorflow as tf\nv = tf.Variable(0.)\n\n\ndef up():\n    return tf.assign(v, 1.)\n"
TRAIN = "import model\nimport tensorflow as tf\n\nwith tf.Session() as s:\n    s.run(model.up())\n"
CONTRIB = (
    "import model\nimport tensorflow as tf\n\nx = tf.contrib.nowhere.f(1)\n"
    "with tf.Session() as s:\n    s.run(x)\n"
)


def names(paths: tuple[str, ...]) -> list[str]:
    return sorted(Path(path).name for path in paths)


def test_a_program_is_what_its_files_are(tmp_path: Path) -> None:
    found = surveyed(tmp_path, {"model.py": MODEL, "train.py": TRAIN})
    (program,) = found.programs
    assert names(program.files) == ["model.py", "train.py"]
    assert (program.rung, program.reach) == (Rung.V1, Rung.METHODS)
    assert program.commands == ("rewrite --to compat", "rewrite")
    assert set(program.constructs) == {"sessions", "state_ops"}


def test_the_lowest_file_says_the_rung(tmp_path: Path) -> None:
    new = "import model\nimport tensorflow as tf\n\nwith tf.GradientTape() as t:\n    model.up()\n"
    (program,) = surveyed(tmp_path, {"model.py": MODEL, "train.py": new}).programs
    assert program.rung is Rung.V1


def test_without_state_ops_one_command_is_enough(tmp_path: Path) -> None:
    source = "import tensorflow as tf\nwith tf.Session() as s:\n    s.run(tf.constant(1))\n"
    (program,) = surveyed(tmp_path, {"a.py": source}).programs
    assert program.commands == ("rewrite --to compat",)


def test_obstacles_are_those_of_all_its_files(tmp_path: Path) -> None:
    helper = "import tensorflow as tf\n\n\ndef f():\n    return tf.contrib.nowhere.f(1)\n"
    sources = {"model.py": helper, "train.py": TRAIN}
    (program,) = surveyed(tmp_path, sources).programs
    assert (program.reach, program.commands) == (Rung.V1, ())
    assert program.obstacles == ((Rung.COMPAT, "tf.contrib.nowhere"),)


def test_what_cannot_become_a_method_ends_the_way_at_compat(tmp_path: Path) -> None:
    source = (
        "import tensorflow as tf\nv = tf.Variable(0)\nc = tf.count_up_to(v, 3)\n"
        "with tf.Session() as s:\n    s.run(c)\n"
    )
    (program,) = surveyed(tmp_path, {"a.py": source}).programs
    assert (program.reach, program.commands) == (Rung.COMPAT, ("rewrite --to compat",))
    assert program.obstacles == ((Rung.METHODS, "count_up_to, which has no method"),)


def test_a_program_with_a_file_that_is_not_understood_reaches_nothing(tmp_path: Path) -> None:
    sources = {"model.py": "import tensorflow as tf\nprint tf.x\n", "train.py": TRAIN}
    (program,) = surveyed(tmp_path, sources).programs
    assert (program.rung, program.reach, program.commands) == (Rung.UNKNOWN, Rung.UNKNOWN, ())
    assert names(program.gaps) == ["model.py"]


def test_a_program_that_only_imports_tensorflow_through_others_is_one(tmp_path: Path) -> None:
    main = "import model\n\nif __name__ == '__main__':\n    model.up()\n"
    (program,) = surveyed(tmp_path, {"model.py": MODEL, "main.py": main}).programs
    assert names(program.files) == ["model.py"]
    assert Path(program.path).name == "main.py"


def test_tests_are_no_programs(tmp_path: Path) -> None:
    found = surveyed(tmp_path, {"model.py": MODEL, "model_test.py": TRAIN})
    assert found.programs == []
    assert [Path(one.path).name for one in found.tests] == ["model_test.py"]


def test_what_frees_most_programs_comes_first(tmp_path: Path) -> None:
    both = CONTRIB.replace("f(1)", "f(1) + tf.contrib.other.g(1)")
    found = surveyed(tmp_path, {"model.py": MODEL, "a.py": CONTRIB, "b.py": CONTRIB, "c.py": both})
    first, second = found.obstructions
    assert (first.what, len(first.freed), len(first.programs)) == ("tf.contrib.nowhere", 2, 3)
    assert (second.what, len(second.freed), len(second.programs)) == ("tf.contrib.other", 0, 1)
    assert first.codes == ("MV403",)


def test_an_obstacle_on_the_way_to_compat_keeps_others_from_freeing(tmp_path: Path) -> None:
    source = CONTRIB.replace("s.run(x)", "s.run([x, tf.count_up_to(tf.Variable(1), 3)])")
    found = surveyed(tmp_path, {"model.py": MODEL, "a.py": source})
    freed = {one.what: len(one.freed) for one in found.obstructions}
    assert freed == {"tf.contrib.nowhere": 1, "count_up_to, which has no method": 0}


def test_leaf_modules_come_first_and_circles_together(tmp_path: Path) -> None:
    x = "x = tf.placeholder(tf.float32)\n"
    found = surveyed(
        tmp_path,
        {
            "leaf.py": "import tensorflow as tf\n" + x,
            "one.py": "import tensorflow as tf\nimport two\n" + x,
            "two.py": "import tensorflow as tf\nimport one, leaf\n" + x,
            "done.py": "import one\n",
            "train.py": "import tensorflow as tf\nimport done\n" + x,
        },
    )
    order = [(task.step, names(task.files), task.programs) for task in found.tasks]
    assert order == [(1, ["leaf.py"], 1), (2, ["one.py", "two.py"], 1), (3, ["train.py"], 1)]


def test_a_long_chain_of_imports_is_no_trouble() -> None:
    files = [FileSurvey(f"/m{n}.py", rung=Rung.V1, imports=(f"/m{n + 1}.py",)) for n in range(2000)]
    assert [task.step for task in tasks(files, [])] == list(range(1, 2001))


def test_totals_of_folders_add_up(tmp_path: Path) -> None:
    found = surveyed(tmp_path, {"a/model.py": MODEL, "a/b/train.py": TRAIN, "c/x.py": "y = 1\n"})
    folders = {Path(path).name: totals for path, totals in found.folders.items()}
    assert folders[tmp_path.name].files == found.totals.files == 3
    assert folders["a"].counts == {"sessions": 1, "state_ops": 1}
    assert (folders["b"].tensorflow, folders["c"].tensorflow) == (1, 0)
