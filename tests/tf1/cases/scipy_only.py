"""``contrib.opt.ScipyOptimizerInterface``, by methods that SciPy has not changed since."""

from __future__ import annotations

import numpy as np


def _scipy(tf, contrib, tolerance=4, **options):
    a = tf.get_variable("a", [2], initializer=tf.constant_initializer([3.0, -2.0]))
    b = tf.get_variable("b", [], initializer=tf.constant_initializer(0.5))
    loss = tf.reduce_sum(tf.square(a * [1.0, 2.0] - 1.0)) + tf.square(b - 3.0)
    options = {key: value(a, b) if callable(value) else value for key, value in options.items()}
    optimizer = contrib.opt.ScipyOptimizerInterface(loss, **options)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        optimizer.minimize(session)
        return [np.round(value, tolerance) for value in session.run([a, b])]


def case_scipy(tf, contrib):
    found = []
    for options in [
        {},
        {"method": "CG"},
        {"options": {"maxiter": 100}},
        {"var_list": lambda a, b: [b]},
        {"var_to_bounds": lambda a, b: {b: (-1.0, 1.0)}},
        {"method": "SLSQP", "inequalities": lambda a, b: [1.0 - b]},
        {"method": "SLSQP", "equalities": lambda a, b: [a[0] + a[1] - 3.0]},
        {"bounds": []},
        {"jac": False},
    ]:
        with tf.Graph().as_default():
            found.append(_error(lambda o=options: _scipy(tf, contrib, 3, **o)))
    return found


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
