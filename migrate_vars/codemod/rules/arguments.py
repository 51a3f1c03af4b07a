"""What the rules about arguments share: whether a call has a given problem."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Problem, Refusal, bind, method_arguments
from migrate_vars.codemod.sites import Decision, Site, refuse


def argument_problem(site: Site, problem: Problem) -> Decision | None:
    """Refuse a call whose arguments have ``problem``."""
    if site.call is None or site.op is None:
        return None
    bound = bind(site.call, site.op)
    refusal: object = bound
    if not isinstance(bound, Refusal):
        receiver = bound.expressions[bound.receiver]
        plain = site.module.receivers.receiver(receiver, site.scope).plain
        refusal = method_arguments(bound, plain=plain)
    if isinstance(refusal, Refusal) and refusal.problem is problem:
        return refuse(f"{site.op.name} left alone: {refusal.why}")
    return None
