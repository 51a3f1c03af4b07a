"""``tf.contrib.util`` of TensorFlow 1.15."""

import tensorflow.compat.v1 as _tf

constant_value = _tf.get_static_value
make_ndarray = _tf.make_ndarray
make_tensor_proto = _tf.make_tensor_proto
