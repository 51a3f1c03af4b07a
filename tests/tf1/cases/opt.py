"""``contrib.opt``; what needs SciPy is left out where TensorFlow 1.15 has none beside it."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


class _Descent:
    """An optimizer outside of TensorFlow: some steps of gradient descent."""

    def _minimize(self, initial_val, loss_grad_func, packed_bounds, step_callback, **others):
        x = initial_val.astype(np.float64)
        equalities = others["equality_funcs"], others["equality_grad_funcs"]
        for _ in range(4):
            _, gradient = loss_grad_func(x)
            for value, slope in zip(*equalities):
                gradient = gradient + 10 * value(x)[0] * slope(x)[0]
            x = x - 0.1 * gradient
            if packed_bounds is not None:
                x = np.clip(x, *np.array(packed_bounds).T)
            if step_callback is not None:
                step_callback(x)
        return x


def _minimized(tf, interface, feed=None, scale=None, **options):
    a = tf.get_variable("a", [2, 3], initializer=tf.constant_initializer(_x(2, 3)))
    b = tf.get_variable("b", [], initializer=tf.constant_initializer(0.5))
    tf.get_variable("unused", [2], initializer=tf.zeros_initializer())
    factor = tf.placeholder_with_default(2.0, [])
    loss = tf.reduce_sum(tf.square(a - 1.0)) * factor + tf.square(b) * 0.3
    options = {key: value(a, b) if callable(value) else value for key, value in options.items()}
    optimizer = interface(loss, **options)
    seen = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        optimizer.minimize(
            session,
            feed_dict={factor: 3.0} if feed else None,
            fetches=[loss, b],
            loss_callback=lambda *values: seen.append([float(value) for value in values]),
        )
        return [session.run(tf.global_variables()), seen[:2] if scale is None else []]


def case_external_optimizer_interface(tf, contrib):
    class Interface(_Descent, contrib.opt.ExternalOptimizerInterface):
        pass

    found = []
    for number, options in enumerate(
        [
            {},
            {"feed": True},
            {"var_list": lambda a, b: [a]},
            {"var_to_bounds": lambda a, b: {a: (-0.2, 0.5), b: (0.49, np.inf)}},
            {"var_to_bounds": lambda a, b: {a: (np.full([2, 3], -0.1), np.ones([2, 3]))}},
            {"equalities": lambda a, b: [tf.reduce_sum(a) - 1.0]},
        ]
    ):
        with tf.Graph().as_default():
            found.append([number, _minimized(tf, Interface, **options)])
    with tf.Graph().as_default():
        found.append(_error(lambda: _minimized(tf, contrib.opt.ExternalOptimizerInterface)))
    return found


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
