"""Variables of a model, as ``tf.contrib.framework`` makes and finds them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow.compat.v1 as tf

from .arg_scope import add_arg_scope


@add_arg_scope
def variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Callable[..., Any] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = tf.VariableSynchronization.AUTO,
    aggregation: Any = tf.VariableAggregation.NONE,
) -> Any:
    """Gets the variable of this name, or makes it on ``device``.

    The other arguments are those of ``tf.get_variable``.
    """
    getter: Callable[..., Any] = tf.get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=tf.get_variable_scope().reuse)
    wanted = [tf.GraphKeys.GLOBAL_VARIABLES] if collections is None else collections
    with tf.device(device or ""):
        return getter(
            name,
            shape=shape,
            dtype=dtype,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=list(dict.fromkeys(wanted)),
            caching_device=caching_device,
            partitioner=partitioner,
            use_resource=use_resource,
            synchronization=synchronization,
            aggregation=aggregation,
        )


@add_arg_scope
def model_variable(
    name: str,
    shape: Any = None,
    dtype: Any = tf.float32,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    collections: Iterable[str] | None = None,
    caching_device: Any = None,
    device: Any = None,
    partitioner: Any = None,
    custom_getter: Callable[..., Any] | None = None,
    use_resource: bool | None = None,
    synchronization: Any = tf.VariableSynchronization.AUTO,
    aggregation: Any = tf.VariableAggregation.NONE,
) -> Any:
    """As ``variable``; the variable is among ``GraphKeys.MODEL_VARIABLES``, too."""
    return variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=[
            *(collections or []),
            tf.GraphKeys.GLOBAL_VARIABLES,
            tf.GraphKeys.MODEL_VARIABLES,
        ],
        caching_device=caching_device,
        device=device,
        partitioner=partitioner,
        custom_getter=custom_getter,
        use_resource=use_resource,
        synchronization=synchronization,
        aggregation=aggregation,
    )


def local_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """Makes a variable that is not trained, among ``GraphKeys.LOCAL_VARIABLES`` only."""
    return _untrained(
        initial_value, tf.GraphKeys.LOCAL_VARIABLES, validate_shape, name, use_resource
    )


def global_variable(
    initial_value: Any,
    validate_shape: bool = True,
    name: str | None = None,
    use_resource: bool | None = None,
) -> Any:
    """Makes a variable that is not trained, among ``GraphKeys.GLOBAL_VARIABLES`` only."""
    return _untrained(
        initial_value, tf.GraphKeys.GLOBAL_VARIABLES, validate_shape, name, use_resource
    )


def _untrained(
    initial_value: Any,
    collection: str,
    validate_shape: bool,
    name: str | None,
    use_resource: bool | None,
) -> Any:
    return tf.Variable(
        initial_value,
        trainable=False,
        collections=[collection],
        validate_shape=validate_shape,
        name=name,
        use_resource=use_resource,
    )


def add_model_variable(var: Any) -> None:
    """Puts a variable among ``GraphKeys.MODEL_VARIABLES``, if it is not there."""
    if not any(var is known for known in tf.get_collection(tf.GraphKeys.MODEL_VARIABLES)):
        tf.add_to_collection(tf.GraphKeys.MODEL_VARIABLES, var)


def get_variables(
    scope: Any = None, suffix: str | None = None, collection: str = tf.GraphKeys.GLOBAL_VARIABLES
) -> list[Any]:
    """The variables of a collection.

    Args:
        scope: A variable scope, or what their names begin with, as a regular expression.
        suffix: What their names end with.
        collection: The collection.
    """
    prefix = scope.name if isinstance(scope, tf.VariableScope) else scope
    if suffix is not None:
        prefix = f"{prefix or ''}.*{suffix if ':' in suffix else suffix + ':'}"
    return list(tf.get_collection(collection, prefix))


def get_model_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The variables of the model; see ``get_variables``."""
    return get_variables(scope, suffix, tf.GraphKeys.MODEL_VARIABLES)


def get_local_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The local variables; see ``get_variables``."""
    return get_variables(scope, suffix, tf.GraphKeys.LOCAL_VARIABLES)


def get_trainable_variables(scope: Any = None, suffix: str | None = None) -> list[Any]:
    """The variables that are trained; see ``get_variables``."""
    return get_variables(scope, suffix, tf.GraphKeys.TRAINABLE_VARIABLES)


def get_variables_by_suffix(suffix: str, scope: Any = None) -> list[Any]:
    """The variables whose names end so."""
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name: str, scope: Any = None) -> list[Any]:
    """The variables of this name, in whatever scope."""
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name: str) -> Any:
    """The variable of this name.

    Raises:
        ValueError: If there is none, or several that begin so and none that is called so.
    """
    found = get_variables(scope=var_op_name)
    if not found:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in found:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


def get_variable_full_name(var: Any) -> str:
    """The name of a variable, or of that which a part of it belongs to."""
    slice_info = var._save_slice_info
    return str(slice_info.full_name if slice_info else var.op.name)


def get_variables_to_restore(
    include: list[str] | None = None, exclude: list[str] | None = None
) -> list[Any]:
    """The global variables in one of the scopes ``include``, and in none of ``exclude``.

    Raises:
        TypeError: If one of the two is given and is no list or tuple.
    """
    for name, given in (("include", include), ("exclude", exclude)):
        if given is not None and not isinstance(given, (list, tuple)):
            raise TypeError(f"{name} must be a list or a tuple, and is {type(given).__name__}")
    scopes: list[Any] = [None]
    scopes = list(include or scopes)
    wanted = [variable for scope in scopes for variable in get_variables(scope)]
    unwanted = {id(variable) for scope in exclude or [] for variable in get_variables(scope)}
    return [variable for variable in wanted if id(variable) not in unwanted]


def filter_variables(
    var_list: Iterable[Any],
    include_patterns: Iterable[str] | None = None,
    exclude_patterns: Iterable[str] | None = None,
    reg_search: bool = True,
) -> list[Any]:
    """The variables that match a pattern of ``include_patterns``, and none to exclude.

    Args:
        var_list: The variables.
        include_patterns: Regular expressions; None is for all.
        exclude_patterns: Regular expressions.
        reg_search: Whether they may match anywhere in the name, not at its beginning only.
    """
    matches = re.search if reg_search else re.match
    found = list(var_list)
    if include_patterns is not None:
        includes = list(include_patterns)
        found = [var for var in found if any(matches(each, var.op.name) for each in includes)]
    if exclude_patterns is not None:
        excludes = list(exclude_patterns)
        found = [var for var in found if not any(matches(each, var.op.name) for each in excludes)]
    return found


def zero_initializer(ref: Any, use_locking: bool = True, name: str = "zero_initializer") -> Any:
    """An op that sets a variable to zeros, and gives it."""
    return tf.assign(ref, tf.zeros_like(ref), use_locking=use_locking, name=name)


class VariableDeviceChooser:
    """Puts each variable on the next of some parameter servers; for ``device=``."""

    def __init__(
        self,
        num_tasks: int = 0,
        job_name: str = "ps",
        device_type: str = "CPU",
        device_index: int = 0,
        replica: int | None = None,
    ) -> None:
        """Takes the number of servers; 0 leaves variables where they are."""
        self._num_tasks, self._job_name = num_tasks, job_name
        self._device = {"device_type": device_type, "device_index": device_index}
        self._replica = replica
        self._next_task_id = 0

    def __call__(self, op: Any) -> str:
        """The device of the next variable."""
        spec = tf.DeviceSpec(replica=self._replica, **self._device)
        if self._num_tasks > 0:
            task = self._next_task_id
            self._next_task_id = (task + 1) % self._num_tasks
            spec = tf.DeviceSpec(
                job=self._job_name, task=task, replica=self._replica, **self._device
            )
        return str(spec.to_string())
