"""An inventory of a code base: what it uses of TensorFlow 1, and how far each program is."""
