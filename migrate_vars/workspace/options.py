"""How files are rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_vars.workspace.import_graph import ImportGraph
from migrate_vars.workspace.neighbours import Neighbours
from migrate_vars.workspace.rules import METHODS

if TYPE_CHECKING:
    from migrate_vars.codemod.engine import Place
    from migrate_vars.workspace.recorded_runs import RecordedEvidence

# Starting processes pays once this much work was done: about as much is left.
POOL_AFTER = 2.0


@dataclass(frozen=True, slots=True)
class Options:
    """How files are rewritten.

    Attributes:
        safe_only: Rewrite only where the receiver is shown to be a variable.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop.
        tf_modules: Modules that re-export TensorFlow.
        evidence: What recorded runs saw; None without any.
        kept: Calls to leave alone in each file although they could be rewritten, and why.
        neighbours: The files that others import; read where a question leads there.
        write: Whether changed files are written.
        jobs: Maximum number of worker processes; None for one per processor.
        pool_after: After how many seconds of work further processes are started.
        rung: What they are rewritten to.
        graph: Which files import which; what is known of it is kept here.
        inspect: What is asked of each file in place of rewriting it; None to rewrite. Where there
            are several processes, both it and its answers are handed from one to the other.
    """

    safe_only: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    tf_modules: Sequence[str] = ()
    evidence: RecordedEvidence | None = None
    kept: Mapping[str, Mapping[Place, str]] = field(default_factory=dict)
    neighbours: Neighbours = field(default_factory=Neighbours, compare=False, repr=False)
    write: bool = True
    jobs: int | None = 1
    pool_after: float = POOL_AFTER
    rung: str = METHODS
    graph: ImportGraph = field(default_factory=ImportGraph)
    inspect: Callable[[bytes, str, Options], object] | None = None
