"""The plugins of TensorBoard that TensorFlow 1.15 knew."""
