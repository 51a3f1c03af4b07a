"""The rung ``compat``: TensorFlow 1 programs that run on TensorFlow 2.16 and later."""
