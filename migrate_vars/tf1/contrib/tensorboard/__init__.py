"""``tf.contrib.tensorboard`` of TensorFlow 1.15, which has the projector only."""
