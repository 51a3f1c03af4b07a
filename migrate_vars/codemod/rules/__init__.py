"""One short file per rule; this is the list of them, in the order in which they decide."""

from __future__ import annotations

from migrate_vars.codemod.rules.ambiguous_name import AmbiguousName
from migrate_vars.codemod.rules.assign_method import AssignMethod
from migrate_vars.codemod.rules.base import Rule
from migrate_vars.codemod.rules.built_once import BuiltOnce
from migrate_vars.codemod.rules.built_outside_cond import BuiltOutsideCond
from migrate_vars.codemod.rules.dangling_in_branch import DanglingInBranch
from migrate_vars.codemod.rules.dead_import import DeadImport
from migrate_vars.codemod.rules.distributed_variable import DistributedVariable
from migrate_vars.codemod.rules.evaluation_order import EvaluationOrder
from migrate_vars.codemod.rules.function_as_value import FunctionAsValue
from migrate_vars.codemod.rules.ignore_comments import UnknownIgnore, UnusedIgnore
from migrate_vars.codemod.rules.kept_result import KeptResult
from migrate_vars.codemod.rules.keras_weight import KerasWeight
from migrate_vars.codemod.rules.layout import Layout
from migrate_vars.codemod.rules.named_in_string import NamedInString
from migrate_vars.codemod.rules.no_method import NoMethod
from migrate_vars.codemod.rules.race_in_run import RaceInRun
from migrate_vars.codemod.rules.raw_op import RawOp
from migrate_vars.codemod.rules.rebound_function import ReboundFunction
from migrate_vars.codemod.rules.removed_import import RemovedImport
from migrate_vars.codemod.rules.signature import SignatureMismatch
from migrate_vars.codemod.rules.slice_receiver import SliceReceiver
from migrate_vars.codemod.rules.star_import import StarImport
from migrate_vars.codemod.rules.starred_arguments import StarredArguments
from migrate_vars.codemod.rules.tensor_receiver import TensorReceiver
from migrate_vars.codemod.rules.unknown_module import UnknownModule
from migrate_vars.codemod.rules.unnamed_tensorflow import UnnamedTensorFlow
from migrate_vars.codemod.rules.unparseable import CheckFailed, Unparseable, Unproven, Unreadable
from migrate_vars.codemod.rules.validate_shape import ValidateShape
from migrate_vars.codemod.rules.variable_rebound import VariableRebound

RULES: tuple[Rule, ...] = (
    # What the name is comes first, then the arguments, then the receiver, then the rewrite.
    RawOp(),
    ReboundFunction(),
    FunctionAsValue(),
    AmbiguousName(),
    StarImport(),
    UnknownModule(),
    NoMethod(),
    StarredArguments(),
    SignatureMismatch(),
    ValidateShape(),
    TensorReceiver(),
    SliceReceiver(),
    KerasWeight(),
    DistributedVariable(),
    EvaluationOrder(),
    Layout(),
    UnnamedTensorFlow(),
    AssignMethod(),
    DeadImport(),
    RemovedImport(),
    NamedInString(),
    VariableRebound(),
    BuiltOnce(),
    DanglingInBranch(),
    BuiltOutsideCond(),
    RaceInRun(),
    KeptResult(),
    Unparseable(),
    CheckFailed(),
    Unreadable(),
    UnusedIgnore(),
    UnknownIgnore(),
    Unproven(),
)


def rule(code: str) -> Rule | None:
    """Return the rule with a code, or None."""
    return next((r for r in RULES if r.code == code.upper()), None)
