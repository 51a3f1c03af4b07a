"""``tf.contrib.staging`` of TensorFlow 1.15."""

from tensorflow.python.ops.data_flow_ops import StagingArea as StagingArea
