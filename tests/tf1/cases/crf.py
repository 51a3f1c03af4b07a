"""``contrib.crf``."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


LENGTHS = [4, 2, 1, 0, 3]


def _built(tf, steps=4):
    inputs = tf.get_variable("x", initializer=_x(5, steps, 3))
    tags = tf.constant(np.random.RandomState(1).randint(0, 3, (5, steps)), tf.int32)
    lengths = tf.constant(np.minimum(LENGTHS, steps), tf.int32)
    return inputs + 0.0, tags, lengths


def case_crf_log_likelihood(tf, contrib):
    inputs, tags, lengths = _built(tf)
    likelihood, transitions = contrib.crf.crf_log_likelihood(inputs, tags, lengths)
    return {"transitions": transitions, "values": tf.identity(likelihood, name="f"),
            "loss": tf.reduce_mean(-likelihood)}  # fmt: skip


def case_crf_log_likelihood_in_scope(tf, contrib):
    with tf.variable_scope("crf", initializer=tf.constant_initializer(0.3)):
        inputs, tags, lengths = _built(tf)
        likelihood, transitions = contrib.crf.crf_log_likelihood(
            inputs, tags, tf.cast(lengths, tf.int64)
        )
    return {"transitions": transitions, "loss": tf.reduce_mean(-likelihood)}


def case_crf_scores(tf, contrib):
    crf = contrib.crf
    transitions = tf.constant(_x(3, 3, seed=8))
    found = []
    for steps in (4, 1):
        with tf.variable_scope(f"s{steps}"):
            inputs, tags, lengths = _built(tf, steps)
            bitmap = tf.constant(np.random.RandomState(2).rand(5, steps, 3) < 0.7)
            found += [
                crf.crf_sequence_score(inputs, tags, lengths, transitions),
                crf.crf_unary_score(tags, lengths, inputs),
                crf.crf_binary_score(tags, lengths, transitions),
                crf.crf_log_norm(inputs, lengths, transitions),
                crf.crf_multitag_sequence_score(
                    inputs, tf.logical_or(bitmap, tf.one_hot(tags, 3) > 0), lengths, transitions
                ),
            ]
    return {"found": [each * 1.0 for each in found]}


def case_crf_decode(tf, contrib):
    transitions = tf.constant(_x(3, 3, seed=8))
    found = []
    for steps in (4, 1):
        with tf.variable_scope(f"s{steps}"):
            inputs, _, lengths = _built(tf, steps)
            tags, scores = contrib.crf.crf_decode(inputs, transitions, lengths)
            found += [tf.identity(tags), tf.identity(scores)]
    return {"found": found}


def case_crf_decode_of_placeholder(tf, contrib):
    inputs = tf.placeholder(tf.float32, [None, None, 3])
    lengths = tf.placeholder(tf.int32, [None])
    tags, scores = contrib.crf.crf_decode(inputs, tf.constant(_x(3, 3, seed=8)), lengths)
    return {
        "found": [tf.identity(tags), tf.identity(scores)],
        "feed": {inputs: _x(3, 5, 3), lengths: [5, 2, 3]},
    }


def case_viterbi_decode(tf, contrib):
    tags, score = contrib.crf.viterbi_decode(_x(6, 3), _x(3, 3, seed=8))
    return [[int(tag) for tag in tags], float(score)]
