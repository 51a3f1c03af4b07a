"""``tf.contrib.opt`` of TensorFlow 1.15."""

from .external import ExternalOptimizerInterface as ExternalOptimizerInterface
from .external import ScipyOptimizerInterface as ScipyOptimizerInterface
