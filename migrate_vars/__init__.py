"""Move TensorFlow 1 training code to TensorFlow 2 and prove that training did not change."""

__version__ = "0.1.0"
