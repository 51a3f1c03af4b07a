"""What the calls of TensorFlow return, as data.

Names of functions are those below ``tensorflow``, as ``tensorflow_member`` returns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from migrate_vars.analysis.tensorflow import public_module

# State ops: the functions of TensorFlow 1 that write a variable

_MAIN = frozenset(
    {
        *("tensorflow", "tensorflow.python", "tensorflow.python.state_ops"),
        *("tensorflow.python.ops.state_ops", "tensorflow.python.ops.standard_ops"),
    }
)
_KERAS_BACKENDS = frozenset(
    {
        *("tensorflow.keras.backend", "tensorflow.python.keras.backend"),
        *("tensorflow.contrib.keras.backend", "tensorflow.contrib.keras.api.keras.backend"),
        *("keras.backend", "keras.backend.tensorflow_backend", "keras.src.legacy.backend"),
        *("tf_keras.backend", "tf_keras.src.backend"),
    }
)
STATE_OP_HOMES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("assign", "assign_add", "assign_sub"), _MAIN),
        **{
            f"scatter_{kind}": _MAIN
            for kind in ("update", "add", "sub", "mul", "div", "min", "max")
        },
        **{f"scatter_nd_{kind}": _MAIN for kind in ("update", "add", "sub", "min", "max")},
        **dict.fromkeys(("batch_scatter_update", "count_up_to"), _MAIN),
        **dict.fromkeys(("update", "update_add", "update_sub"), _KERAS_BACKENDS),
        "moving_average_update": _KERAS_BACKENDS,
        "assign_moving_average": frozenset({"tensorflow.python.training.moving_averages"}),
    }
)
"""The state ops, and the modules that have each."""

KERAS_BACKEND = "tensorflow.keras.backend"

KERAS_BACKEND_MEMBERS = frozenset(
    name for name, homes in STATE_OP_HOMES.items() if KERAS_BACKEND in homes
) | frozenset({"variable", "placeholder", "get_session"})
"""Members of a backend of Keras that TensorFlow itself has not."""

_RAW = "tensorflow.python.ops.gen_state_ops"

WRITING_METHODS = frozenset(
    name
    for name in STATE_OP_HOMES
    if name.startswith(("assign", "scatter", "batch", "count")) and name != "assign_moving_average"
)
"""Methods of a variable whose result is an op's result, not the variable."""


def state_op_name(qualified_name: str) -> str | None:
    """Return the state op that a fully qualified name stands for, or None."""
    module, _, name = qualified_name.rpartition(".")
    homes = STATE_OP_HOMES.get(name)
    return name if homes is not None and public_module(module) in homes else None


def is_raw_op(qualified_name: str) -> bool:
    """Tell whether a qualified name is a raw op, which works on a reference, not a variable."""
    module, _, name = qualified_name.rpartition(".")
    return name in STATE_OP_HOMES and public_module(module) == _RAW


# Variables

_CONTRIB = ("contrib.framework", "contrib.framework.python.ops.variables", "contrib.slim")
_GLOBAL_STEP = ("get_or_create_global_step", "get_global_step", "create_global_step")
PLAIN_VARIABLES = frozenset(
    {
        *("Variable", "get_variable", "get_local_variable", "contrib.eager.Variable"),
        *(f"{module}.{kind}" for module in _CONTRIB for kind in ("variable", "local_variable")),
        *(f"{module}.{kind}" for module in ("train", *_CONTRIB) for kind in _GLOBAL_STEP),
        *(f"python.training.training_util.{kind}" for kind in _GLOBAL_STEP),
        *("python.ops.variables.Variable", "python.ops.variables.VariableV1"),
        *("python.ops.variables.RefVariable", "python.ops.ref_variable.RefVariable"),
        *("python.ops.variable_scope.get_variable", "python.ops.variable_scope.variable"),
        *("python.ops.variable_scope.get_local_variable",),
        *("python.ops.resource_variable_ops.ResourceVariable",),
        *("python.ops.metrics_impl.metric_variable",),
    }
)
"""Functions that return one plain variable, unless a partitioner is given."""

OTHER_VARIABLES = frozenset(
    {
        *("keras.backend.variable", "python.keras.backend.variable"),
        *(f"{module}.model_variable" for module in _CONTRIB),
        *(
            f"python.training.slot_creator.{kind}"
            for kind in ("create_slot", "create_slot_with_initializer", "create_zeros_slot")
        ),
    }
)
"""Functions that return a variable which may be of another kind."""

VARIABLE_METHODS = frozenset(
    {
        *("get_slot", "add_weight", "add_variable", "_zeros_slot", "_get_or_make_slot"),
        *("_get_or_make_slot_with_initializer", "_get_non_slot_variable"),
    }
)
"""Methods of optimizers and layers that return a variable."""

LISTS_OF_VARIABLES = frozenset(
    name
    for kind in ("trainable", "global", "local", "model", "moving_average", "all")
    for name in (f"{kind}_variables", f"python.ops.variables.{kind}_variables")
) | frozenset(
    f"{module}.{kind}"
    for module in _CONTRIB
    for kind in (
        *("get_variables", "get_model_variables", "get_local_variables", "get_variables_by_name"),
        *("get_trainable_variables", "get_variables_by_suffix", "get_variables_to_restore"),
    )
)
"""Functions that return a list of variables."""

ATTRIBUTES_OF_VARIABLES = frozenset(
    {
        *("trainable_variables", "trainable_weights"),
        *("non_trainable_variables", "non_trainable_weights"),
    }
)
"""Attributes that hold a list of variables."""

COLLECTIONS = frozenset(
    f"{kind}_VARIABLES" for kind in ("TRAINABLE", "GLOBAL", "LOCAL", "MODEL", "MOVING_AVERAGE")
)
"""Collections of variables."""

AVERAGES = frozenset(
    {
        "train.ExponentialMovingAverage",
        "python.training.moving_averages.ExponentialMovingAverage",
    }
)
"""Classes whose ``average`` is a variable."""

KERAS = ("keras.layers.", "keras.models.", "keras.Model", "keras.Sequential", "keras.metrics.")
"""What the names of Keras classes with weights begin with."""

LAYERS = (*KERAS, "layers.")
"""What the names of classes with weights begin with."""

V1_LAYERS = ("layers.", "python.layers.", "nn.rnn_cell.", "contrib.rnn.")
"""Those whose weights are made by ``get_variable`` in TensorFlow 1; Keras 3 has none of them."""

KERAS_WEIGHTS = frozenset(
    {
        *("kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "embeddings"),
        *("depthwise_kernel", "pointwise_kernel", "recurrent_kernel", "alpha", "total", "count"),
    }
)
"""Attributes of Keras layers and metrics that are weights."""

KERAS_METHODS = frozenset({"add_weight", "add_variable"})
"""Methods of Keras layers that return a weight."""

# Tensors

TENSOR_METHODS = frozenset(
    {"get_tensor_by_name", "_ref", "value", "read_value", "initialized_value", "sparse_read"}
)
"""Methods that return a tensor."""

TENSOR_ATTRIBUTES = frozenset({"_variable", "_snapshot", "initial_value"})
"""Attributes that hold a tensor."""

ATTRIBUTES_OF_TENSORS = frozenset({"outputs", "inputs"})
"""Attributes that hold a list of tensors."""

TENSORS = frozenset(
    {
        *("identity", "stop_gradient", "convert_to_tensor", "constant", "cast", "reshape"),
        *("zeros", "ones", "zeros_like", "ones_like", "fill", "range", "slice", "where"),
        *("gather", "gather_nd", "concat", "stack", "tile", "transpose", "squeeze", "expand_dims"),
        *("add", "subtract", "multiply", "divide", "matmul", "reduce_sum", "reduce_mean"),
        *("random_normal", "random_uniform", "argmax", "pow", "negative", "tanh", "sigmoid"),
        *("add_n", "exp", "log", "sqrt", "square", "abs", "minimum", "maximum", "clip_by_value"),
        *("python.ops.array_ops.identity", "python.framework.ops.convert_to_tensor"),
        *("python.framework.constant_op.constant", "nn.embedding_lookup"),
        # What these return can be several tensors.
        *("cond", "case", "switch_case", "while_loop", "map_fn", "vectorized_map", "scan"),
        *("foldl", "foldr", "py_func", "py_function", "numpy_function", "tuple"),
    }
)
"""Functions that return a tensor."""

LISTS_OF_TENSORS = frozenset(
    {"gradients", "split", "unstack", "unpack", "dynamic_partition", "meshgrid"}
)
"""Functions that return a list of tensors."""

TENSOR_MODULES = ("nn.", "math.", "linalg.", "image.", "random.", "python.ops.math_ops.")
"""Modules of functions that return tensors."""

PLACEHOLDERS = frozenset(
    {
        *("placeholder", "placeholder_with_default", "sparse_placeholder"),
        *("keras.backend.placeholder", "python.keras.backend.placeholder"),
    }
)
"""Functions that return a placeholder."""

# Operations, and what trains, runs and saves

OPERATIONS = frozenset(
    {
        *("group", "no_op", "initialize_all_variables", "initialize_variables"),
        *("initializers.variables", "initializers.global_variables"),
        *("initializers.local_variables", "initializers.tables_initializer"),
        *("global_variables_initializer", "local_variables_initializer"),
        *("variables_initializer", "tables_initializer", "initialize_all_tables"),
    }
)
"""Functions that return an operation, which has no value."""

OPERATION_METHODS = frozenset({"minimize", "apply_gradients"})
"""Methods of optimizers that return an operation."""

OPERATION_ATTRIBUTES = frozenset({"op", "initializer"})
"""Attributes of tensors and variables that are operations."""

SESSIONS = frozenset(
    {
        *("Session", "InteractiveSession", "get_default_session", "train.MonitoredSession"),
        *("train.MonitoredTrainingSession", "train.SingularMonitoredSession"),
        *("python.client.session.Session", "python.client.session.InteractiveSession"),
        *("keras.backend.get_session", "python.keras.backend.get_session"),
    }
)
"""Functions that return a session."""

SESSION_METHODS = frozenset({"managed_session", "prepare_or_wait_for_session"})
"""Methods of a supervisor that return a session."""

SAVERS = frozenset({"train.Saver", "python.training.saver.Saver"})
"""Functions that return a saver."""

_OPTIMIZERS = frozenset({"train", "contrib.opt"})
_KERAS_OPTIMIZERS = frozenset(
    {"keras.optimizers", "keras.optimizers.legacy", "optimizers", "python.keras.optimizers"}
)


def is_optimizer(member: str) -> bool:
    """Tell whether a member of TensorFlow is a class of optimizers."""
    module, _, name = member.rpartition(".")
    if module in _OPTIMIZERS:
        return name.endswith("Optimizer")
    return module in _KERAS_OPTIMIZERS and name[:1].isupper()
