"""What programs of TensorFlow 1 use and ``tensorflow.compat.v1`` does not have.

The names are those of TensorFlow 1.15: ``tf.contrib.layers.flatten`` is here
``migrate_vars.tf1.contrib.layers.flatten``, with the same arguments, variables and collections.
``facts`` says of each such name what serves in its place and whether it computes the same.

Nothing here imports another part of migrate_vars.  TensorFlow is imported by the modules of
``contrib`` and ``examples`` only, when they are first used.
"""
