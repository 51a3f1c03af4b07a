"""``tf.contrib.distributions`` of TensorFlow 1.15, as far as it is ``tf.distributions``, too."""

import tensorflow.compat.v1 as _tf

Bernoulli = _tf.distributions.Bernoulli
Beta = _tf.distributions.Beta
Categorical = _tf.distributions.Categorical
Dirichlet = _tf.distributions.Dirichlet
DirichletMultinomial = _tf.distributions.DirichletMultinomial
Distribution = _tf.distributions.Distribution
Exponential = _tf.distributions.Exponential
FULLY_REPARAMETERIZED = _tf.distributions.FULLY_REPARAMETERIZED
Gamma = _tf.distributions.Gamma
Laplace = _tf.distributions.Laplace
Multinomial = _tf.distributions.Multinomial
NOT_REPARAMETERIZED = _tf.distributions.NOT_REPARAMETERIZED
Normal = _tf.distributions.Normal
RegisterKL = _tf.distributions.RegisterKL
ReparameterizationType = _tf.distributions.ReparameterizationType
StudentT = _tf.distributions.StudentT
Uniform = _tf.distributions.Uniform
kl_divergence = _tf.distributions.kl_divergence
