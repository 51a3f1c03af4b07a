"""How training steps are counted from the places of writes, on real code without TensorFlow."""

from __future__ import annotations

import linecache
import sysconfig
import textwrap
from typing import Any

import pytest

from migrate_vars.recorder.steps import StepCounter
from migrate_vars.recorder.user_code import Position, Site, UserCode


def steps_of(source: str) -> str:
    """Runs code that calls ``write("a")`` and returns, say, "1a 1b 2a"."""
    counter, code = StepCounter(), UserCode("/")
    seen: list[str] = []

    def write(*names: str) -> None:
        stack, place, site = code.position()
        calls = tuple(call for call in stack if call.flow.code.co_filename == "/program.py")
        inner = tuple(each for each in place if each[0].code.co_filename == "/program.py")
        step = counter.count(Position(calls, inner, site), names)
        seen.append(f"{step}{'+'.join(names)}")

    namespace: dict[str, Any] = {"write": write}
    exec(compile(textwrap.dedent(source), "/program.py", "exec"), namespace)
    return " ".join(seen)


CASES = {
    "a plain loop": (
        """
        for _ in range(3):
            write("a")
        """,
        "1a 2a 3a",
    ),
    "a while loop": (
        """
        n = 0
        while n < 3:
            write("a")
            n += 1
        """,
        "1a 2a 3a",
    ),
    "no loop at all": (
        """
        write("a")
        write("b")
        write("a")
        """,
        "1a 1b 1a",
    ),
    "two statements of one variable in a loop": (
        """
        for _ in range(2):
            write("a")
            write("a")
        """,
        "1a 1a 2a 2a",
    ),
    "a loop over variables that the step has written before": (
        """
        for _ in range(2):
            write("a", "b", "c")
            for name in "abc":
                write(name)
        """,
        "1a+b+c 1a 1b 1c 2a+b+c 2a 2b 2c",
    ),
    "several variables in one call": (
        """
        for _ in range(2):
            write("a", "b")
            write("b")
        """,
        "1a+b 1b 2a+b 2b",
    ),
    "a conditional write at the bottom": (
        """
        for i in range(4):
            write("a")
            if i % 2 == 0:
                write("a")
        """,
        "1a 1a 2a 3a 3a 4a",
    ),
    "a conditional write at the top": (
        """
        for i in range(4):
            if i % 2 == 0:
                write("a")
            write("a")
        """,
        "1a 1a 2a 3a 3a 4a",
    ),
    "a conditional write of another variable at the bottom": (
        """
        for i in range(4):
            write("a")
            if i % 2 == 1:
                write("b")
        """,
        "1a 2a 2b 3a 4a 4b",
    ),
    "a conditional write of another variable at the top": (
        """
        for i in range(5):
            if i % 2 == 1:
                write("b")
            write("a")
        """,
        "1a 2b 2a 3a 4b 4a 5a",
    ),
    "a loop over variables": (
        """
        for _ in range(2):
            for name in "abc":
                write(name)
        """,
        "1a 1b 1c 2a 2b 2c",
    ),
    "two writes of each variable in a loop over them": (
        """
        for _ in range(2):
            for name in "ab":
                write("m" + name)
                write(name)
                write(name)
            write("n")
            write("a")
        """,
        "1ma 1a 1a 1mb 1b 1b 1n 1a 2ma 2a 2a 2mb 2b 2b 2n 2a",
    ),
    "a step function": (
        """
        def step():
            write("a")
            for name in "bc":
                write("m" + name)
                write(name)
            write("a")
        for _ in range(2):
            step()
        """,
        "1a 1mb 1b 1mc 1c 1a 2a 2mb 2b 2mc 2c 2a",
    ),
    "epochs of batches": (
        """
        for epoch in range(2):
            write("epoch")
            for batch in range(2):
                write("a")
            write("lr")
        """,
        "1epoch 1a 2a 2lr 3epoch 3a 4a 4lr",
    ),
    "two calls in one line": (
        """
        for _ in range(2):
            write("a"); write("a")
        """,
        "1a 1a 2a 2a",
    ),
    "the same function from two places": (
        """
        def update(name): write(name)
        for _ in range(2):
            update("a")
            update("a")
        """,
        "1a 1a 2a 2a",
    ),
    "one helper below two functions": (
        """
        def update(name): write(name)
        def train(): update("a")
        def reset(): update("a")
        for _ in range(2):
            train()
            reset()
        """,
        "1a 1a 2a 2a",
    ),
    "a comprehension": (
        """
        def step(): write("a")
        [step() for _ in range(3)]
        """,
        "1a 2a 3a",
    ),
    "a list of closures": (
        """
        def make(name): return lambda: write(name)
        steps = [make("a"), make("b"), lambda: write("c")]
        for _ in range(2):
            for step in steps:
                step()
        """,
        "1a 1b 1c 2a 2b 2c",
    ),
    "callbacks": (
        """
        class Trainer:
            def fit(self, fn, after):
                for i in range(3):
                    fn()
                    after(i)
        Trainer().fit(lambda: write("a"), lambda i: i == 1 and write("a"))
        """,
        "1a 2a 2a 3a",
    ),
    "recursion: one call tree is one step": (
        """
        def walk(n):
            write("a")
            if n:
                walk(n - 1)
            write("a")
        for _ in range(2):
            walk(1)
        """,
        "1a 1a 1a 1a 2a 2a 2a 2a",
    ),
    "generators": (
        """
        def batches():
            for i in range(3):
                write("seen")
                yield i
        for _ in batches():
            write("a")
        """,
        "1seen 1a 2seen 2a 3seen 3a",
    ),
    "map": (
        """
        list(map(lambda i: write("a"), range(3)))
        """,
        "1a 2a 3a",
    ),
    "training that goes on in a second loop": (
        """
        for _ in range(2):
            write("a")
        for _ in range(2):
            write("a")
        """,
        "1a 2a 3a 4a",
    ),
    "writes in alternating branches": (
        """
        for i in range(4):
            if i % 2:
                write("a")
            else:
                write("a")
        """,
        "1a 2a 3a 4a",
    ),
    "training that goes on in a second call": (
        """
        def fit(n):
            for _ in range(n):
                write("a")
        fit(2)
        fit(1)
        """,
        "1a 2a 3a",
    ),
    "two training loops in each epoch": (
        """
        for epoch in range(2):
            for _ in range(2):
                write("a")
            n = 0
            while n < 2:
                write("a")
                n += 1
        """,
        "1a 2a 3a 4a 5a 6a 7a 8a",
    ),
    "a loop over variables after a loop over batches": (
        """
        for _ in range(2):
            for _ in range(2):
                write("g", "h")
            for name in "gh":
                write("v" + name)
            write("n")
        """,
        "1g+h 2g+h 2vg 2vh 2n 3g+h 4g+h 4vg 4vh 4n",
    ),
    "two loops over variables": (
        """
        for _ in range(2):
            for name in "ab":
                write("m" + name)
            for name in "ab":
                write(name)
                write("m" + name)
        """,
        "1ma 1mb 1a 1ma 1b 1mb 2ma 2mb 2a 2ma 2b 2mb",
    ),
    "a loop over variables before the training loop": (
        """
        for name in "ab":
            write(name)
        for _ in range(2):
            write("a", "b")
        """,
        "1a 1b 1a+b 2a+b",
    ),
    "branches of a step that write different variables": (
        """
        def step(even):
            if even:
                write("b")
            else:
                write("a")
        for i in [0, 1, 0, 0, 1, 1]:
            step(i)
        """,
        "1a 2b 3a 4a 5b 6b",
    ),
    "a target that is copied every few steps": (
        """
        class Agent:
            learned = 0
            def learn(self):
                if self.learned % 3 == 0:
                    for name in "tu":
                        write(name)
                write("a")
                write("b")
                self.learned += 1
        agent = Agent()
        for episode in range(3):
            for t in range(3):
                if episode or t:
                    agent.learn()
        """,
        "1t 1u 1a 1b 2a 2b 3a 3b 4t 4u 4a 4b 5a 5b 6a 6b 7t 7u 7a 7b 8a 8b",
    ),
    "branches in a loop over variables": (
        """
        def step():
            for name in "aBcD":
                if name.isupper():
                    write(name)
                else:
                    write(name)
        for _ in range(3):
            step()
        """,
        "1a 1B 1c 1D 2a 2B 2c 2D 3a 3B 3c 3D",
    ),
    "layers of several classes that update themselves": (
        """
        class Dense:
            def update(self): write("w"); write("b")
        class Norm:
            def update(self): write("mean")
        class Embed:
            def update(self): write("table")
        for _ in range(2):
            for layer in [Dense(), Norm(), Embed()]:
                layer.update()
        """,
        "1w 1b 1mean 1table 2w 2b 2mean 2table",
    ),
    "handlers and early ends of rounds": (
        """
        for i in range(4):
            try:
                write("a")
                if i == 2:
                    continue
                if i == 1:
                    raise ValueError
                write("b")
            except ValueError:
                write("c")
            finally:
                write("d")
            write("a")
        """,
        "1a 1b 1d 1a 2a 2c 2d 2a 3a 3d 4a 4b 4d 4a",
    ),
    "a loop that is left by break, and a return from within": (
        """
        def run():
            while True:
                write("a")
                for name in "xyz":
                    if name == "y":
                        break
                    write(name)
                write("b")
                if len(seen) > 6:
                    return
        seen = []
        note = write
        def write(name):
            seen.append(name)
            note(name)
        run()
        write("end")
        """,
        "1a 1x 1b 2a 2x 2b 3a 3x 3b 3end",
    ),
    "a with statement": (
        """
        import contextlib
        with contextlib.suppress(ValueError):
            for _ in range(2):
                with contextlib.suppress(KeyError):
                    write("a")
                    raise KeyError
                write("b")
        """,
        "1a 1b 2a 2b",
    ),
    "accumulated gradients are steps of their own": (
        """
        for _ in range(2):
            for _ in range(2):
                write("g")
            write("a")
            write("g")
        """,
        "1g 2g 2a 2g 3g 4g 4a 4g",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_steps(name: str) -> None:
    source, expected = CASES[name]
    assert steps_of(source) == expected


def test_a_stack_without_user_code_makes_each_repetition_a_step() -> None:
    counter = StepCounter()
    assert [counter.count(Position((), (), Site("", 0)), [name]) for name in "abab"] == [1, 1, 2, 2]


def test_library_frames_are_left_out() -> None:
    _, place, site = UserCode("/elsewhere").position()
    assert site.path == __file__
    assert "UserCode(" in linecache.getline(__file__, site.line)
    files = {code.code.co_filename for code, _ in place}
    assert files
    assert not any("site-packages" in name or "importlib" in name for name in files)


def test_a_program_in_an_installed_package_is_user_code_all_the_same() -> None:
    """The program's own folder counts, and what stands beside it among the packages does not."""
    packages = sysconfig.get_paths()["purelib"]
    source = "def run(f): return f()"
    namespaces: list[dict[str, Any]] = [{}, {}]
    for folder, namespace in zip(["program", "library"], namespaces, strict=True):
        exec(compile(source, f"{packages}/{folder}/module.py", "exec"), namespace)
    own = UserCode(f"{packages}/program")
    site = namespaces[0]["run"](lambda: namespaces[1]["run"](own.position)).site
    assert site.path == __file__
    site = namespaces[1]["run"](lambda: namespaces[0]["run"](own.position)).site
    assert site.path == f"{packages}/program/module.py"
