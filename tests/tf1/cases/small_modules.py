"""``contrib``'s small modules: util, signal, stateless, lookup, data, summary, metrics, staging."""

from __future__ import annotations

import os
import tempfile

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def case_util(tf, contrib):
    util = contrib.util
    proto = util.make_tensor_proto([[1.0, 2.0]], shape=[1, 2])
    return [
        util.make_ndarray(proto),
        util.constant_value(tf.constant([1, 2])),
        util.constant_value(tf.placeholder(tf.float32)),
    ]


def case_signal(tf, contrib):
    signal = contrib.signal
    x = tf.constant(_x(2, 64))
    spectrum = signal.stft(x, 16, 8, fft_length=16)
    found = [
        tf.abs(spectrum),
        signal.inverse_stft(spectrum, 16, 8, window_fn=signal.inverse_stft_window_fn(8)),
        signal.frame(x, 8, 4),
        signal.overlap_and_add(signal.frame(x, 8, 4), 4),
        signal.hann_window(8),
        signal.hamming_window(8),
        signal.mfccs_from_log_mel_spectrograms(tf.constant(_x(2, 3, 6))),
        signal.linear_to_mel_weight_matrix(4, 9),
    ]
    # They are made of other ops.
    return [tf.identity(each, name=f"f{number}") for number, each in enumerate(found)]


def case_stateless(tf, contrib):
    stateless = contrib.stateless
    return [
        stateless.stateless_random_normal([3], seed=[1, 2]),
        stateless.stateless_random_uniform([3], seed=[1, 2]),
        stateless.stateless_truncated_normal([3], seed=[1, 2]),
        stateless.stateless_multinomial(tf.constant(_x(2, 3)), 4, seed=[1, 2]),
    ]


def case_lookup(tf, contrib):
    lookup = contrib.lookup
    words = tf.constant(["b", "a", "zz"])
    path = os.path.join(tempfile.mkdtemp(), "words")
    with open(path, "w") as file:
        file.write("a\nb\nc\n")
    mapping = tf.constant(["a", "b", "c"])
    tables = [
        lookup.index_table_from_tensor(mapping, num_oov_buckets=2),
        lookup.index_table_from_tensor(mapping, default_value=7),
        lookup.index_table_from_file(path),
        lookup.string_to_index_table_from_file(path, num_oov_buckets=1),
        lookup.string_to_index_table_from_tensor(mapping),
        lookup.HashTable(
            lookup.KeyValueTensorInitializer(mapping, tf.constant([5, 6, 7], tf.int64)), -1
        ),
    ]
    back = [
        lookup.index_to_string_table_from_tensor(mapping),
        lookup.index_to_string_table_from_file(path, default_value="?"),
    ]
    mutable = lookup.MutableHashTable(tf.string, tf.int64, -1)
    with tf.control_dependencies([mutable.insert(mapping, tf.constant([1, 2, 3], tf.int64))]):
        inserted = mutable.lookup(words)
    numbers = tf.constant([2, 0, 9], tf.int64)
    found = [table.lookup(words) * 1 for table in tables]
    found += [table.lookup(numbers) for table in back]
    found += [inserted * 1, lookup.string_to_index(words, mapping) * 1]
    found.append(lookup.index_to_string(numbers, mapping))
    # Tables and what is in them are named otherwise.
    return {"found": [tf.identity(each, name=f"f{n}") for n, each in enumerate(found)]}


def _elements(tf, dataset):
    element = dataset.make_one_shot_iterator().get_next()
    found = []
    with tf.Session() as session:
        try:
            while True:
                found.append(session.run(element))
        except tf.errors.OutOfRangeError:
            return found


def case_data(tf, contrib):
    data = contrib.data
    numbers = tf.data.Dataset.range(7)
    texts = tf.data.Dataset.from_tensor_slices([1, 2, 3]).map(
        lambda n: tf.fill([tf.cast(n, tf.int32)], n)
    )
    reducer = data.Reducer(lambda _: np.int64(0), lambda s, x: s + x, lambda s: s)
    found = [
        numbers.apply(data.map_and_batch(lambda x: x * 2, 3)),
        numbers.apply(data.batch_and_drop_remainder(3)),
        texts.apply(data.padded_batch_and_drop_remainder(2, [None])),
        numbers.apply(
            data.group_by_window(lambda x: x % 2, lambda _, window: window.batch(2), 2)
        ),
        numbers.apply(data.enumerate_dataset()),
        numbers.batch(3).apply(data.unbatch()),
        numbers.apply(data.scan(np.int64(0), lambda s, x: (s + x, s))),
        numbers.map(lambda x: x % 3).apply(data.unique()),
        numbers.apply(
            data.parallel_interleave(
                lambda x: tf.data.Dataset.from_tensors(x).repeat(2), cycle_length=2
            )
        ),
        texts.apply(data.bucket_by_sequence_length(lambda x: tf.size(x), [2], [1, 2])),
        numbers.apply(data.group_by_reducer(lambda x: x % 2, reducer)),
        numbers.batch(3).apply(data.assert_element_shape(tf.TensorShape([None]))),
        data.choose_from_datasets([numbers, numbers], tf.data.Dataset.from_tensor_slices(
            np.array([0, 1, 1, 0], np.int64))),
        data.Counter(2).take(3),
    ]  # fmt: skip
    # TensorFlow 2 shuffles otherwise, whatever the seed, where it repeats.
    shuffled = _elements(tf, numbers.apply(data.shuffle_and_repeat(4, 2, seed=5)))
    total = data.reduce_dataset(numbers, reducer)
    single = data.get_single_element(tf.data.Dataset.from_tensors(3))
    with tf.Session() as session:
        scalars = session.run([total, single])
    return {
        "found": [_elements(tf, dataset) for dataset in found],
        "more": [scalars, sorted(shuffled)],
    }


def case_summary(tf, contrib):
    summary = contrib.summary
    folder = tempfile.mkdtemp()
    step = tf.train.get_or_create_global_step()
    writer = summary.create_file_writer(folder)
    with writer.as_default(), summary.record_summaries_every_n_global_steps(2, step):
        summary.scalar("loss", tf.cast(step, tf.float32) * 2)
        summary.histogram("weights", tf.constant(_x(3)))
    with tf.Session() as session, writer.as_default():
        session.run(tf.global_variables_initializer())
        summary.initialize(graph=None, session=session)
        for _ in range(4):
            session.run(summary.all_summary_ops())
            session.run(tf.assign_add(step, 1))
        session.run(summary.flush(writer))
    found = []
    for name in sorted(os.listdir(folder)):
        for event in tf.train.summary_iterator(os.path.join(folder, name)):
            found += [[event.step, value.tag] for value in event.summary.value]
    return found


def case_metrics(tf, contrib):
    metrics = contrib.metrics
    predictions, labels = tf.constant([1, 0, 1, 1]), tf.constant([1, 1, 0, 1])
    made = [
        metrics.streaming_accuracy(predictions, labels),
        metrics.streaming_mean(tf.constant([1.0, 3.0])),
        metrics.streaming_precision(predictions, labels),
        metrics.streaming_recall(predictions, labels, weights=[1, 0, 1, 1]),
        metrics.streaming_mean_squared_error(tf.to_float(predictions), tf.to_float(labels)),
        metrics.streaming_auc(tf.to_float(predictions) * 0.7, labels),
        metrics.streaming_mean_iou(predictions, labels, 2),
    ]
    names, updates = metrics.aggregate_metric_map({"a": made[0], "b": made[1]})
    with tf.Session() as session:
        session.run(tf.local_variables_initializer())
        found = [session.run([update for _, update in made]) for _ in range(2)]
        found.append(session.run([value for value, _ in made]))
        session.run(tf.local_variables_initializer())
        found.append(sorted(session.run(updates).items()))
    more = [
        metrics.accuracy(predictions, labels),
        tf.identity(metrics.confusion_matrix(labels, predictions)),
        metrics.set_size(tf.sparse.from_dense([[1, 2], [3, 0]])),
    ]
    return {"found": found, "names": sorted(names), "more": [tf.identity(each) for each in more]}


def case_staging(tf, contrib):
    area = contrib.staging.StagingArea([tf.float32], shapes=[[2]])
    put, got = area.put([tf.constant([1.0, 2.0])]), area.get()
    with tf.Session() as session:
        session.run(put)
        return [session.run(got)]


def case_projector(tf, contrib):
    try:
        from tensorflow.contrib.tensorboard.plugins import projector
    except ImportError:
        from migrate_vars.tf1.contrib.tensorboard.plugins import projector
    folder = tempfile.mkdtemp()
    config = projector.ProjectorConfig()
    embedding = config.embeddings.add()
    embedding.tensor_name = "embedding:0"
    embedding.metadata_path = "metadata.tsv"
    embedding.sprite.image_path = "sprite.png"
    embedding.sprite.single_image_dim.extend([28, 28])
    projector.visualize_embeddings(tf.summary.FileWriter(folder), config)
    with open(os.path.join(folder, "projector_config.pbtxt")) as file:
        return file.read()


def case_distributions(tf, contrib):
    ds = contrib.distributions
    logits = tf.get_variable("logits", initializer=_x(2, 3))
    loc = tf.get_variable("loc", initializer=_x(2, 3, seed=5))
    normal, other = ds.Normal(loc, tf.exp(loc * 0.1)), ds.Normal(0.0, 1.0)
    categorical, bernoulli = ds.Categorical(logits=logits), ds.Bernoulli(logits=logits)
    found = [
        normal.sample(seed=3),
        normal.log_prob(0.3),
        normal.entropy(),
        ds.kl_divergence(normal, other),
        categorical.log_prob([1, 2]),
        categorical.entropy(),
        bernoulli.log_prob(tf.ones([2, 3], tf.int32)),
        ds.Beta(2.0, tf.exp(loc)).log_prob(0.4),
        ds.Gamma(tf.exp(loc), 1.5).log_prob(0.4),
        ds.Laplace(loc, 1.5).log_prob(0.4),
        ds.Uniform(-9.0, 9.0).prob(loc),
        ds.StudentT(3.0, loc, 1.0).log_prob(0.4),
    ]
    # They are made of other ops.
    found = [tf.identity(each, name=f"f{number}") for number, each in enumerate(found)]
    return {"found": found, "loss": tf.add_n([tf.reduce_mean(each) for each in found[:-2]])}
