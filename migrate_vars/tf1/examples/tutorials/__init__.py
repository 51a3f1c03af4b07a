"""``tensorflow.examples`` of TensorFlow 1.15, which has the reader of MNIST only."""
