"""Values for variables from checkpoints and arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from .variables import get_variable_full_name


def assign_from_values(var_names_to_values: Mapping[str, Any]) -> tuple[Any, dict[Any, Any]]:
    """An op that gives variables these values, and what to feed when it is run.

    Args:
        var_names_to_values: Arrays, by the names of variables.

    Raises:
        ValueError: If there is no such variable, or a value does not fit it.
    """
    assigned, feed = [], {}
    for name, value in var_names_to_values.items():
        found = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, name)
        exact = [variable for variable in found if variable.op.name == name]
        if not found:
            raise ValueError(f"Variable {name} wasn't found")
        if not exact and len(found) > 1:
            raise ValueError(f"{name} begins the names of {len(found)} variables, and is none")
        variable = (exact or found)[0]
        with tf.name_scope("placeholder/"):
            placeholder = tf.placeholder(
                variable.dtype.base_dtype, variable.shape, name=variable.op.name
            )
        assigned.append(variable.assign(placeholder))
        feed[placeholder] = np.reshape(value, variable.shape.as_list())
    return tf.group(*assigned), feed


def assign_from_values_fn(var_names_to_values: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A function of a session that gives variables these values; see ``assign_from_values``."""
    assign, feed = assign_from_values(var_names_to_values)
    return lambda session: session.run(assign, feed)


def assign_from_checkpoint(
    model_path: str, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Any, dict[Any, Any]]:
    """An op that gives variables the values of a checkpoint, and what to feed when it is run.

    Args:
        model_path: The checkpoint.
        var_list: The variables; or a dictionary of them, or of lists of the parts of one, by the
            names that they have in the checkpoint.
        ignore_missing_vars: Whether those are left alone that the checkpoint does not have.

    Raises:
        ValueError: If the checkpoint does not have one, or has one of another shape.
    """
    wanted: list[tuple[str, Any]] = []
    if isinstance(var_list, Mapping):
        for name, named in var_list.items():
            parts = named if isinstance(named, (list, tuple)) else [named]
            wanted += [(name, part) for part in parts]
    else:
        wanted = [(get_variable_full_name(variable), variable) for variable in var_list]
    reader = tf.train.load_checkpoint(model_path)
    assigned, feed = [], {}
    for name, variable in wanted:
        if not reader.has_tensor(name):
            if ignore_missing_vars:
                tf.logging.warning("Checkpoint %s has no variable %s", model_path, name)
                continue
            raise ValueError(f"Checkpoint is missing variable [{name}]")
        value = reader.get_tensor(name)
        if variable._save_slice_info:
            info = variable._save_slice_info
            for axis, (offset, size) in enumerate(
                zip(info.var_offset, info.var_shape, strict=True)
            ):
                value = np.take(value, range(offset, offset + size), axis=axis)
        if list(value.shape) != variable.shape.as_list():
            raise ValueError(
                f"Total size of new array must be unchanged for {name}: the variable has shape "
                f"{variable.shape.as_list()}, the value {list(value.shape)}"
            )
        with tf.name_scope("placeholder/"):
            placeholder = tf.placeholder(
                variable.dtype.base_dtype, variable.shape, name=variable.op.name
            )
        assigned.append(variable.assign(placeholder))
        feed[placeholder] = value
    return tf.group(*assigned), feed


def assign_from_checkpoint_fn(
    model_path: str,
    var_list: Any,
    ignore_missing_vars: bool = False,
    reshape_variables: bool = False,
) -> Callable[[Any], None] | None:
    """A function of a session that restores variables from a checkpoint.

    Args:
        model_path: The checkpoint.
        var_list: The variables, or a dictionary of them by their names in the checkpoint.
        ignore_missing_vars: Whether those are left alone that the checkpoint does not have.
        reshape_variables: Whether values may have another shape, of as many elements.

    Raises:
        ValueError: If there are no variables to restore, unless missing ones are left alone.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    wanted = var_list
    if ignore_missing_vars:
        reader = tf.train.load_checkpoint(model_path)
        named = wanted
        if not isinstance(wanted, Mapping):
            named = {get_variable_full_name(variable): variable for variable in wanted}
        for name in named:
            if not reader.has_tensor(name):
                tf.logging.warning("Checkpoint %s has no variable %s", model_path, name)
        wanted = {name: named[name] for name in named if reader.has_tensor(name)}
    if not wanted:
        tf.logging.warning("No variables to restore")
        return None
    saver = tf.train.Saver(wanted, reshape=reshape_variables, write_version=tf.train.SaverDef.V1)

    def restore(session: Any) -> None:
        saver.restore(session, model_path)

    return restore


def load_checkpoint(filepattern: str) -> Any:
    """A reader of a checkpoint; see ``tf.train.load_checkpoint``."""
    return tf.train.load_checkpoint(filepattern)


def load_variable(checkpoint_dir: str, name: str) -> Any:
    """The value of a variable in a checkpoint; see ``tf.train.load_variable``."""
    return tf.train.load_variable(checkpoint_dir, name)


def list_variables(checkpoint_dir: str) -> Sequence[tuple[str, list[int]]]:
    """Names and shapes of the variables in a checkpoint; see ``tf.train.list_variables``."""
    found: Sequence[tuple[str, list[int]]] = tf.train.list_variables(checkpoint_dir)
    return found


def init_from_checkpoint(checkpoint_dir: str, assignment_map: Any) -> Any:
    """Takes initial values from a checkpoint; see ``tf.train.init_from_checkpoint``."""
    return tf.train.init_from_checkpoint(checkpoint_dir, assignment_map)
