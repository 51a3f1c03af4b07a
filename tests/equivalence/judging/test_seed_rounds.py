"""Verifying with aligned seeds, and what the programs' own ones do better."""

from __future__ import annotations

from dataclasses import replace

from migrate_vars.equivalence.judging.seed_rounds import with_own_seeds
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from tests.equivalence.recorded import result, run, trajectory


def test_own_seeds_that_do_better() -> None:
    right = {"a": [0.0, 1.0, 2.0]}
    sides = run("v1", trajectory(right))
    own = result("p", sides, {"new": run("v2", trajectory(right))})
    aligned = result("p", sides, {"new": run("v2", trajectory({"a": [0.0, 1.0, 3.0]}))})
    (judgement,) = with_own_seeds(aligned, own).judgements.values()
    assert judgement.hints == ("--seeds own, with which it is identical",)
    assert with_own_seeds(own, aligned).judgements == own.judgements
    assert with_own_seeds(aligned, aligned).judgements == aligned.judgements
    failed = replace(own, judgements={"new": Judgement(Verdict.ERROR, "no")})
    assert with_own_seeds(aligned, failed).judgements == aligned.judgements
