"""Callables for runs that race; what they are for, `test_scripts` shows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from migrate_vars.recorder.fixed_order import FixedOrder


def test_a_callable_is_replaced_before_it_has_learned_what_is_cheap() -> None:
    made: list[Any] = []

    def make(session: Any, options: Any) -> Any:
        made.append(options)
        return lambda *fed: [len(made), *fed]

    def options() -> Any:
        return SimpleNamespace(target=[], fetch=[], feed=[], run_options=SimpleNamespace())

    session = SimpleNamespace(_do_call=lambda call, *fed: call(*fed))
    schedule = FixedOrder(make, options, lambda session, function: function())
    op, tensor = SimpleNamespace(name="train"), SimpleNamespace(name="loss:0")
    seen = [schedule.run(session, [op], [tensor], {"b:0": 2, "a:0": 1}) for _ in range(120)]
    assert (made[0].target, made[0].fetch, made[0].feed) == (
        ["train"],
        ["loss:0"],
        ["a:0", "b:0"],
    )
    assert [result[1:] for result in seen] == [[1, 2]] * 120
    assert [result[0] for result in seen] == [1] * 50 + [2] * 50 + [3] * 20
    schedule.run(session, [], [tensor], {})
    assert len(made) == 4, "another kind of run has a callable of its own"
