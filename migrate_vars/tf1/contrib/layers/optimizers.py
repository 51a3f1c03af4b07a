"""``optimize_loss``: from a loss to an op that trains."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

OPTIMIZER_CLS_NAMES: dict[str, Callable[..., Any]] = {
    "Adagrad": tf.train.AdagradOptimizer,
    "Adam": tf.train.AdamOptimizer,
    "Ftrl": tf.train.FtrlOptimizer,
    "Momentum": lambda learning_rate: tf.train.MomentumOptimizer(learning_rate, momentum=0.9),
    "RMSProp": tf.train.RMSPropOptimizer,
    "SGD": tf.train.GradientDescentOptimizer,
}
OPTIMIZER_SUMMARIES = [
    "learning_rate",
    "loss",
    "gradients",
    "gradient_norm",
    "global_gradient_norm",
]
_SUMMARIES = ("loss", "learning_rate", "global_gradient_norm")


def optimize_loss(
    loss: Any,
    global_step: Any,
    learning_rate: Any,
    optimizer: Any,
    gradient_noise_scale: float | None = None,
    gradient_multipliers: dict[Any, Any] | None = None,
    clip_gradients: Any = None,
    learning_rate_decay_fn: Callable[[Any, Any], Any] | None = None,
    update_ops: Iterable[Any] | None = None,
    variables: Sequence[Any] | None = None,
    name: str | None = None,
    summaries: Sequence[str] | None = None,
    colocate_gradients_with_ops: bool = False,
    increment_global_step: bool = True,
) -> Any:
    """Makes an op that trains variables and gives the loss.

    Args:
        loss: A scalar.
        global_step: The global step; None for the one that there is.
        learning_rate: A float or a scalar tensor; None if the optimizer knows it.
        optimizer: A name in ``OPTIMIZER_CLS_NAMES``, a class, an object, or a function of the
            learning rate, or of nothing where that is None.
        gradient_noise_scale: The size of normal noise that is added to gradients.
        gradient_multipliers: What gradients are multiplied by, by variables or their names.
        clip_gradients: A float, to which the global norm of the gradients is clipped, or a function
            from gradients and variables to such.
        learning_rate_decay_fn: From the learning rate and the global step to a learning rate.
        update_ops: What runs before; None for ``GraphKeys.UPDATE_OPS``.
        variables: What is trained; None for all that can be.
        name: The variable scope.
        summaries: Some of ``OPTIMIZER_SUMMARIES``.
        colocate_gradients_with_ops: As in ``Optimizer.compute_gradients``.
        increment_global_step: Whether to count the global step up.

    Raises:
        ValueError: If an argument is not as it says here, or nothing can be trained.
    """
    loss = tf.convert_to_tensor(loss)
    if loss.shape.ndims != 0:
        raise ValueError(f"optimize_loss: the loss must be a scalar, and has shape {loss.shape}")
    if global_step is None:
        global_step = tf.train.get_global_step()
    else:
        tf.train.assert_global_step(global_step)
    with tf.variable_scope(name, "OptimizeLoss", [loss, global_step]):
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) if update_ops is None else update_ops
        updates = list(dict.fromkeys(updates))
        if updates:
            with tf.control_dependencies(updates):
                loss = tf.identity(loss, name="control_dependency")
        rate = _learning_rate(learning_rate)
        wanted = list(_SUMMARIES if summaries is None else summaries)
        for each in wanted:
            if each not in OPTIMIZER_SUMMARIES:
                raise ValueError(
                    f"Summaries should be one of [{', '.join(OPTIMIZER_SUMMARIES)}], you provided "
                    f"{each}."
                )
        if rate is not None and learning_rate_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step is required for learning_rate_decay_fn.")
            rate = learning_rate_decay_fn(rate, global_step)
            if "learning_rate" in wanted:
                tf.summary.scalar("learning_rate", rate)
        opt = _optimizer(optimizer, rate)
        pairs = opt.compute_gradients(
            loss,
            tf.trainable_variables() if variables is None else variables,
            colocate_gradients_with_ops=colocate_gradients_with_ops,
        )
        if gradient_noise_scale is not None:
            pairs = _with_noise(pairs, gradient_noise_scale)
        if gradient_multipliers is not None:
            pairs = _multiplied(pairs, gradient_multipliers)
            if not pairs:
                raise ValueError("Empty list of (gradient, var) pairs encountered.")
        if "global_gradient_norm" in wanted:
            norm = tf.global_norm([gradient for gradient, _ in pairs])
            tf.summary.scalar("global_norm/gradient_norm", norm)
        pairs = _clipped(pairs, clip_gradients)
        if "loss" in wanted:
            tf.summary.scalar("loss", loss)
        _summarize(pairs, wanted, clip_gradients is not None)
        train = opt.apply_gradients(
            pairs, global_step=global_step if increment_global_step else None, name="train"
        )
        with tf.control_dependencies([train]):
            return tf.identity(loss, name="control_dependency")


def _learning_rate(learning_rate: Any) -> Any:
    if learning_rate is None:
        return None
    if isinstance(learning_rate, tf.Tensor) and learning_rate.shape.ndims == 0:
        return learning_rate
    if not isinstance(learning_rate, float):
        raise ValueError(
            f"Learning rate should be 0d Tensor or float. Got {learning_rate} of type "
            f"{type(learning_rate)}"
        )
    if learning_rate < 0.0:
        raise ValueError(f"Invalid learning_rate {learning_rate}.")
    return tf.get_variable(
        "learning_rate",
        [],
        trainable=False,
        initializer=tf.constant_initializer(learning_rate),
    )


def _optimizer(optimizer: Any, rate: Any) -> Any:
    if isinstance(optimizer, str):
        if rate is None:
            raise ValueError(
                "Learning rate is None, but should be specified if optimizer is string "
                f"({optimizer})."
            )
        if optimizer not in OPTIMIZER_CLS_NAMES:
            raise ValueError(
                f"Optimizer name should be one of [{', '.join(OPTIMIZER_CLS_NAMES)}], you provided "
                f"{optimizer}."
            )
        return OPTIMIZER_CLS_NAMES[optimizer](learning_rate=rate)
    if isinstance(optimizer, type) and issubclass(optimizer, tf.train.Optimizer):
        if rate is None:
            raise ValueError(
                "Learning rate is None, but should be specified if optimizer is class "
                f"({optimizer})."
            )
        return optimizer(learning_rate=rate)
    if isinstance(optimizer, tf.train.Optimizer):
        return optimizer
    if callable(optimizer):
        made = optimizer() if rate is None else optimizer(rate)
        if not isinstance(made, tf.train.Optimizer):
            raise ValueError(f"Unrecognized optimizer: the function gave {made}")
        return made
    raise ValueError(
        "Unrecognized optimizer: should be string, subclass of Optimizer, instance of subclass of "
        f"Optimizer or function with one argument. Got {optimizer}."
    )


def _with_noise(pairs: Sequence[Any], scale: float) -> list[Any]:
    found = []
    for gradient, variable in pairs:
        if gradient is None:
            found.append((None, variable))
            continue
        sparse = isinstance(gradient, tf.IndexedSlices)
        shape = gradient.dense_shape if sparse else gradient.shape
        found.append((gradient + tf.truncated_normal(shape) * scale, variable))
    return found


def _multiplied(pairs: Sequence[Any], multipliers: dict[Any, Any]) -> list[Any]:
    by_identity = {id(key): value for key, value in multipliers.items() if not isinstance(key, str)}
    by_name = {key: value for key, value in multipliers.items() if isinstance(key, str)}
    found = []
    for gradient, variable in pairs:
        factor = by_identity.get(id(variable), by_name.get(variable.name))
        if gradient is not None and factor is not None:
            factor = tf.constant(factor, dtype=tf.float32)
            if isinstance(gradient, tf.IndexedSlices):
                gradient = tf.IndexedSlices(
                    gradient.values * factor, gradient.indices, gradient.dense_shape
                )
            else:
                gradient *= factor
        found.append((gradient, variable))
    return found


def _clipped(pairs: Sequence[Any], clip_gradients: Any) -> Sequence[Any]:
    if clip_gradients is None:
        return pairs
    if isinstance(clip_gradients, float):
        gradients, variables = zip(*pairs, strict=True)
        clipped, _ = tf.clip_by_global_norm(gradients, clip_gradients)
        return list(zip(clipped, variables, strict=True))
    if callable(clip_gradients):
        found: Sequence[Any] = clip_gradients(pairs)
        return found
    raise ValueError(f"Unknown type {type(clip_gradients)} for clip_gradients")


def _summarize(pairs: Sequence[Any], wanted: Sequence[str], clipped: bool) -> None:
    for gradient, variable in pairs:
        values = gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient
        if values is None:
            continue
        name = variable.name.replace(":", "_")
        if "gradients" in wanted:
            tf.summary.histogram(f"gradients/{name}", values)
        if "gradient_norm" in wanted:
            tf.summary.scalar(f"gradient_norm/{name}", tf.global_norm([values]))
    if clipped and ("global_gradient_norm" in wanted or "gradient_norm" in wanted):
        norm = tf.global_norm([gradient for gradient, _ in pairs])
        tf.summary.scalar("global_norm/clipped_gradient_norm", norm)
