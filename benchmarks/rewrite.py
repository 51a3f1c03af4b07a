"""How fast ``migrate-vars rewrite`` is, measured side by side with what it can be compared with.

    python benchmarks/rewrite.py [--rounds 5] [packages] [synthetic] [jobs] [memory]

packages   four published packages: TensorFlow's ``tf_upgrade_v2``, us, and a floor program that
           only lists, reads, filters and ``ast.parse``s the files that pass the filter
synthetic  50,000 files of which 1 % have something to rewrite, against listing and reading them
jobs       ``--jobs`` 1, 2 and automatic, with little work and with much
memory     peak memory against the number of files

Every program runs as a whole process, in turn with the others and (but for the synthetic trees,
where ``--check`` keeps us from writing) on a fresh copy; of each round the ratio is taken, and of
the ratios the median. ``tf_upgrade_v2`` is run where the interpreter (or
that of ``--tensorflow-python``) has TensorFlow 2.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import migrate_vars

PACKAGES = (
    *("tensor2tensor==1.15.7", "mesh-tensorflow==0.1.21"),
    *("stable-baselines==2.10.2", "tf-slim==1.1.0"),
)
UPGRADE = "from tensorflow.tools.compatibility.tf_upgrade_v2_main import main; main()"
LIST_AND_READ = """
import os, sys
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(directory, name), "rb") as file:
                file.read()
"""
FLOOR = """
import gc
gc.disable()
import ast, os, sys, warnings
from migrate_vars.codemod.mention import may_matter
warnings.simplefilter("ignore")
for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".py"):
            with open(os.path.join(directory, name), "rb") as file:
                source = file.read()
            if may_matter(source):
                try:
                    ast.parse(source)
                except SyntaxError:
                    pass
"""
HIT = """import tensorflow as tf

v = tf.Variable(1.0, name="v{number}")
update = tf.assign(v, 2.0 * v)
"""
MISS = '''"""A module like many others, number {number}."""

import os


def join(first: str, second: str) -> str:
    """Joins two parts of a path."""
    return os.path.join(first, second)


class Thing{number}:
    def __init__(self, value: int) -> None:
        self.value = value

    def double(self) -> int:
        return 2 * self.value
'''


class Cost(NamedTuple):
    """What a process cost."""

    cpu: float
    wall: float
    memory: float  # MB


def cost(command: Sequence[str]) -> Cost:
    """Run a command and its children to their end."""
    probe = (
        "import resource, subprocess, sys, time; start = time.perf_counter();"
        "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE);"
        "wall = time.perf_counter() - start; use = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "sys.stderr.buffer.write(done.stderr[-2000:]) if done.returncode not in (0, 1, 2) else 0;"
        "print(use.ru_utime + use.ru_stime, wall, use.ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *command], stdout=subprocess.PIPE, text=True, check=True
    )
    cpu, wall, memory = map(float, done.stdout.split())
    return Cost(cpu, wall, memory / (1024 if sys.platform != "darwin" else 1024 * 1024))


def ours(tree: Path, *options: str) -> list[str]:
    """Return the command that rewrites a tree."""
    return [sys.executable, "-m", "migrate_vars.cli", "rewrite", "--isolated", *options, str(tree)]


def compare(
    tree: Path,
    rounds: int,
    programs: dict[str, Callable[[Path], Sequence[str]]],
    base: str,
    *,
    copied: bool = True,
) -> None:
    """Run programs in turn, each on a fresh copy of a tree, and print their ratios to one."""
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            with tempfile.TemporaryDirectory() as folder:
                copy = tree
                if copied:
                    copy = Path(folder, "tree")
                    shutil.copytree(tree, copy)
                costs[name].append(cost(program(copy)))
    for name, measured in costs.items():
        ratios = [
            (one.cpu / other.cpu, one.wall / other.wall)
            for one, other in zip(measured, costs[base], strict=True)
        ]
        cpu, wall = (statistics.median(column) for column in zip(*ratios, strict=True))
        print(
            f"  {name:<16} {min(c.cpu for c in measured):7.2f} s CPU"
            f" {min(c.wall for c in measured):7.2f} s wall"
            f" {max(c.memory for c in measured):6.0f} MB"
            f"   {cpu:6.2f} x CPU {wall:6.2f} x wall of {base}",
            flush=True,
        )


def packages(work: Path, rounds: int, tensorflow: str) -> None:
    """Compare on four published packages."""
    wheels = work / "wheels"
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(wheels), *PACKAGES],
        check=True,
    )
    has_tensorflow = (
        subprocess.run(
            [tensorflow, "-c", "import tensorflow"], capture_output=True, check=False
        ).returncode
        == 0
    )
    for wheel in sorted(wheels.glob("*.whl")):
        tree = work / wheel.name.partition("-")[0]
        zipfile.ZipFile(wheel).extractall(tree)
        files = list(tree.rglob("*.py"))
        size = sum(file.stat().st_size for file in files) / 1e6
        print(f"{wheel.name}: {len(files)} files, {size:.1f} MB")
        programs: dict[str, Callable[[Path], Sequence[str]]] = {
            "floor": lambda tree: [sys.executable, "-c", FLOOR, str(tree)],
            "rewrite": ours,
        }
        compare(tree, rounds, programs, "floor")
        if has_tensorflow:
            programs = {
                "rewrite": ours,
                "tf_upgrade_v2": lambda tree: [
                    *(tensorflow, "-c", UPGRADE, "--intree", str(tree)),
                    *("--outtree", f"{tree}.out", "--reportfile", f"{tree}.txt"),
                ],
            }
            compare(tree, min(rounds, 2), programs, "rewrite")


def synthetic(work: Path, files: int) -> Path:
    """Make a tree of which one file in a hundred has something to rewrite."""
    tree = work / f"synthetic-{files}"
    if tree.exists():
        return tree
    for number in range(files):
        folder = tree / f"p{number // 5000}" / f"q{number // 100}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        text = HIT if number % 100 == 7 else MISS
        (folder / f"m{number}.py").write_text(text.format(number=number))
    return tree


def heavy(work: Path, files: int) -> Path:
    """Make a tree in which every file has much to rewrite."""
    tree = work / f"heavy-{files}"
    tree.mkdir()
    lines = "".join(f"    tf.assign(v, {n} * v)\n" for n in range(200))
    for number in range(files):
        (tree / f"m{number}.py").write_text(f"import tensorflow as tf\n\n\ndef f(v):\n{lines}")
    return tree


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parts = ("packages", "synthetic", "jobs", "memory")
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(parts)}; all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--tensorflow-python", default=sys.executable)
    options = parser.parse_args()
    chosen = options.parts or parts
    # As an installer does: without it, each run could compile us anew.
    compileall.compile_dir(Path(migrate_vars.__file__).parent, quiet=1)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if "packages" in chosen:
            packages(work, options.rounds, options.tensorflow_python)
        if "synthetic" in chosen:
            tree = synthetic(work, options.files)
            print(f"{options.files} files, 1 % with something to rewrite")
            programs: dict[str, Callable[[Path], Sequence[str]]] = {
                "list and read": lambda tree: [sys.executable, "-c", LIST_AND_READ, str(tree)],
                "rewrite": lambda tree: ours(tree, "--check"),
            }
            compare(tree, options.rounds, programs, "list and read", copied=False)
        if "jobs" in chosen:
            for files in (20, 80):
                tree = heavy(work, files)
                print(f"{files} files with 200 calls each")
                programs = {
                    "--jobs 1": lambda tree: ours(tree, "--jobs", "1"),
                    "--jobs 2": lambda tree: ours(tree, "--jobs", "2"),
                    "automatic": ours,
                }
                compare(tree, options.rounds, programs, "--jobs 1")
        if "memory" in chosen:
            for files in (500, options.files // 10, options.files):
                tree = synthetic(work, files)
                memory = cost(ours(tree, "-q", "--check", "--jobs", "1")).memory
                print(f"{files} files: {memory:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
