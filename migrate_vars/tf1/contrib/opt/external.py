"""Training by an optimizer outside of TensorFlow, such as one of SciPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from .. import _packages

Function = Callable[[Any], Any]


class ExternalOptimizerInterface:
    """Hands losses and gradients, as functions of one vector, to an optimizer; to be subclassed."""

    def __init__(
        self,
        loss: Any,
        var_list: Sequence[Any] | None = None,
        equalities: Sequence[Any] | None = None,
        inequalities: Sequence[Any] | None = None,
        var_to_bounds: Mapping[Any, Any] | None = None,
        **optimizer_kwargs: Any,
    ) -> None:
        """Takes what is minimized.

        Args:
            loss: A scalar.
            var_list: The variables; None for all that are trained.
            equalities: What shall be zero.
            inequalities: What shall not be negative.
            var_to_bounds: The least and the greatest values of variables, or of their elements.
            **optimizer_kwargs: What the optimizer gets.
        """
        self._loss = loss
        self._equalities = list(equalities or [])
        self._inequalities = list(inequalities or [])
        self.optimizer_kwargs = optimizer_kwargs
        self._vars = list(tf.trainable_variables() if var_list is None else var_list)
        self._shapes = [tuple(variable.shape.as_list()) for variable in self._vars]
        ends = np.cumsum([int(np.prod(shape, dtype=int)) for shape in self._shapes]).tolist()
        self._slices = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
        self._packed_bounds = self._pack_bounds(var_to_bounds)
        self._placeholders = [tf.placeholder(variable.dtype.base_dtype) for variable in self._vars]
        self._updates = [
            variable.assign(tf.reshape(placeholder, shape))
            for variable, placeholder, shape in zip(
                self._vars, self._placeholders, self._shapes, strict=True
            )
        ]
        self._loss_gradient = self._gradient(loss)
        self._equality_gradients = [self._gradient(each) for each in self._equalities]
        self._inequality_gradients = [self._gradient(each) for each in self._inequalities]
        self._packed = self._pack(self._vars)

    def _pack_bounds(self, var_to_bounds: Mapping[Any, Any] | None) -> list[Any] | None:
        if var_to_bounds is None:
            return None
        by_identity = {id(variable): bounds for variable, bounds in var_to_bounds.items()}
        left, right = [], []
        for variable, shape in zip(self._vars, self._shapes, strict=True):
            lower, upper = by_identity.get(id(variable), (-np.inf, np.inf))
            left.extend(np.broadcast_to(lower, shape).ravel().tolist())
            right.extend(np.broadcast_to(upper, shape).ravel().tolist())
        return list(zip(left, right, strict=True))

    def _pack(self, tensors: Sequence[Any]) -> Any:
        if not tensors:
            return None
        flat = [tf.reshape(tensor, [-1]) for tensor in tensors]
        return flat[0] if len(flat) == 1 else tf.concat(flat, axis=0)

    def _gradient(self, tensor: Any) -> Any:
        gradients = [
            tf.zeros_like(variable) if gradient is None else gradient
            for gradient, variable in zip(tf.gradients(tensor, self._vars), self._vars, strict=True)
        ]
        return self._pack(gradients)

    def minimize(
        self,
        session: Any = None,
        feed_dict: Mapping[Any, Any] | None = None,
        fetches: Sequence[Any] | None = None,
        step_callback: Callable[[Any], Any] | None = None,
        loss_callback: Callable[..., Any] | None = None,
        **run_kwargs: Any,
    ) -> None:
        """Minimizes the loss, and gives the variables their new values.

        Args:
            session: The session; None for the one in force.
            feed_dict: What is fed whenever the loss is computed.
            fetches: What ``loss_callback`` gets.
            step_callback: Called with the vector after each step.
            loss_callback: Called whenever the loss is computed.
            **run_kwargs: What ``session.run`` gets when the variables are set.
        """
        session = session or tf.get_default_session()
        feed_dict, fetches = dict(feed_dict or {}), list(fetches or [])

        def function(*wanted: Any, callback: Callable[..., Any] | None = None) -> Function:
            """From a vector to the list of what is wanted."""

            def evaluate(x: Any) -> Any:
                feeds = {
                    variable: x[part].reshape(shape)
                    for variable, part, shape in zip(
                        self._vars, self._slices, self._shapes, strict=True
                    )
                }
                values = session.run([*wanted, *fetches], {**feeds, **feed_dict})
                if callback is not None:
                    callback(*values[len(wanted) :])
                return values[: len(wanted)]

            return evaluate

        vector = self._minimize(
            initial_val=session.run(self._packed),
            loss_grad_func=function(self._loss, self._loss_gradient, callback=loss_callback),
            equality_funcs=[function(each) for each in self._equalities],
            equality_grad_funcs=[function(each) for each in self._equality_gradients],
            inequality_funcs=[function(each) for each in self._inequalities],
            inequality_grad_funcs=[function(each) for each in self._inequality_gradients],
            packed_bounds=self._packed_bounds,
            step_callback=step_callback,
            optimizer_kwargs=self.optimizer_kwargs,
        )
        values = [vector[part] for part in self._slices]
        session.run(
            self._updates,
            feed_dict=dict(zip(self._placeholders, values, strict=True)),
            **run_kwargs,
        )

    def _minimize(
        self,
        initial_val: Any,
        loss_grad_func: Function,
        equality_funcs: Sequence[Function],
        equality_grad_funcs: Sequence[Function],
        inequality_funcs: Sequence[Function],
        inequality_grad_funcs: Sequence[Function],
        packed_bounds: Any,
        step_callback: Any,
        optimizer_kwargs: Mapping[str, Any],
    ) -> Any:
        """Gives the vector for which the loss is least; what a subclass must have."""
        raise NotImplementedError("To use ExternalOptimizerInterface, subclass it with _minimize")


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Trains by ``scipy.optimize.minimize``; by its method "L-BFGS-B", if no other is given."""

    _METHOD = "L-BFGS-B"

    def _minimize(
        self,
        initial_val: Any,
        loss_grad_func: Function,
        equality_funcs: Sequence[Function],
        equality_grad_funcs: Sequence[Function],
        inequality_funcs: Sequence[Function],
        inequality_grad_funcs: Sequence[Function],
        packed_bounds: Any,
        step_callback: Any,
        optimizer_kwargs: Mapping[str, Any],
    ) -> Any:
        def loss_and_gradient(x: Any) -> tuple[Any, Any]:
            loss, gradient = loss_grad_func(x)
            return loss, gradient.astype("float64")

        def doubled(function: Function) -> Function:
            # Methods that are compiled take nothing else.
            return lambda x: np.asarray(function(x), np.float64)

        optimize = _packages.import_module(
            "scipy.optimize", "scipy", "contrib.opt.ScipyOptimizerInterface"
        )
        given = dict(optimizer_kwargs)
        options = {
            "jac": True,
            "callback": step_callback,
            "method": given.pop("method", self._METHOD),
            "constraints": [
                {"type": kind, "fun": doubled(function), "jac": doubled(gradient)}
                for kind, functions, gradients in (
                    ("eq", equality_funcs, equality_grad_funcs),
                    ("ineq", inequality_funcs, inequality_grad_funcs),
                )
                for function, gradient in zip(functions, gradients, strict=True)
            ],
            "bounds": packed_bounds,
        }
        for name in given:
            if name == "bounds":
                raise ValueError("Bounds must be set using the var_to_bounds argument")
            if name in options:
                raise ValueError(
                    f"Optimizer keyword arg '{name}' is set automatically and cannot be injected "
                    "manually"
                )
        result = optimize.minimize(
            loss_and_gradient, initial_val.astype("float64"), **{**options, **given}
        )
        tf.logging.info(
            "Optimization terminated with:\n"
            "  Message: %s\n  Objective function value: %f\n"
            "  Number of iterations: %d\n  Number of functions evaluations: %d",
            result.message,
            result.fun,
            getattr(result, "nit", -1),
            result.nfev,
        )
        return result.x
