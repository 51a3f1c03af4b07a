"""``contrib.learn``: vocabularies and tables; and the MNIST reader of the tutorials."""

from __future__ import annotations

import gzip
import os
import tempfile

import numpy as np

TEXTS = [
    "Hello world, it's a-b NASA HTMLParser",
    "hello hello World 12 éa",
    "x",
    "",
    "aB cD IBMcorp ABc don't x_y CamelCase XMLHttp x x world",
]


def _rows(rows):
    return [row.tolist() for row in rows]


def case_vocabulary_processor(tf, contrib):
    preprocessing = contrib.learn.preprocessing
    found = []
    for options in [
        {},
        {"min_frequency": 1},
        {"min_frequency": 2},
        {"tokenizer_fn": lambda texts: (text.split(" ") for text in texts)},
        {"vocabulary": preprocessing.CategoricalVocabulary("?")},
    ]:
        processor = preprocessing.VocabularyProcessor(5, **options)
        rows = _rows(processor.fit_transform(TEXTS))
        found.append(rows)
        found.append(_rows(processor.transform(["Hello zzz x"])))
        found.append(list(processor.reverse(rows)))
        found.append([len(processor.vocabulary_), processor.vocabulary_._mapping])
        found.append([processor.vocabulary_.get("x"), processor.vocabulary_.get("new")])
    path = os.path.join(tempfile.mkdtemp(), "vocabulary")
    processor = preprocessing.VocabularyProcessor(3).fit(TEXTS)
    processor.save(path)
    restored = preprocessing.VocabularyProcessor.restore(path)
    found.append([_rows(restored.transform(TEXTS)), restored.max_document_length])
    return found


def case_categorical_vocabulary(tf, contrib):
    vocabulary = contrib.learn.preprocessing.CategoricalVocabulary()
    found = [vocabulary.get(word) for word in "abacd"]
    for word, count in (("a", 5), ("b", 2), ("c", 2), ("d", 9)):
        vocabulary.add(word, count)
    found.append(vocabulary.reverse(2))
    vocabulary.trim(1, max_frequency=9)
    found += [vocabulary._mapping, len(vocabulary)]
    vocabulary.freeze()
    found.append(vocabulary.get("new"))
    vocabulary.freeze(False)
    found.append(vocabulary.get("new"))
    return found


def case_byte_processor(tf, contrib):
    processor = contrib.learn.preprocessing.ByteProcessor(4)
    rows = _rows(processor.fit_transform(["abcdef", "é", b"xy"]))
    return [rows, list(processor.reverse([np.array([97, 98], np.uint8)]))]


def case_modes(tf, contrib):
    modes = contrib.learn.ModeKeys
    return [modes.TRAIN, modes.EVAL, modes.INFER]


def case_tables(tf, contrib):
    base = contrib.learn.datasets.base
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "table.csv")
    with open(path, "w") as file:
        file.write("3,2,a,b\n1.5,2,0\n3,4,1\n5,6.25,1\n")
    first = base.load_csv_with_header(path, np.int64, np.float32)
    with open(path, "w") as file:
        file.write("0,1.5,2\n1,3,4\n")
    second = base.load_csv_without_header(path, np.int64, np.float32, target_column=0)
    return [
        [each.data, each.target, str(each.data.dtype), str(each.target.dtype)]
        for each in (first, second)
    ]


def _write_mnist(folder, count=40):
    random = np.random.RandomState(0)
    for name, number in (("train", count), ("t10k", 10)):
        images = random.randint(0, 256, (number, 28, 28)).astype(np.uint8)
        labels = random.randint(0, 10, number).astype(np.uint8)
        for kind, magic, sizes, data in (
            ("images-idx3", 2051, images.shape, images),
            ("labels-idx1", 2049, labels.shape, labels),
        ):
            with gzip.open(os.path.join(folder, f"{name}-{kind}-ubyte.gz"), "wb") as file:
                file.write(np.array([magic, *sizes], ">i4").tobytes() + data.tobytes())


def case_mnist(tf, contrib):
    try:
        from tensorflow.examples.tutorials.mnist import input_data
    except ImportError:
        from migrate_vars.tf1.examples.tutorials.mnist import input_data
    folder = tempfile.mkdtemp()
    _write_mnist(folder)
    found = []
    for options in (
        {},
        {"one_hot": True, "seed": 7},
        {"reshape": False, "dtype": tf.uint8, "validation_size": 3},
    ):
        options = dict({"validation_size": 5}, **options)
        tf.set_random_seed(11)
        data = input_data.read_data_sets(folder, **options)
        for part in (data.train, data.validation, data.test):
            found.append([part.num_examples, list(part.images.shape), str(part.images.dtype)])
            found.append(
                [part.images.astype(np.float64).sum(), part.labels, str(part.labels.dtype)]
            )
        for shuffle in (True, True, True, False, True):
            images, labels = data.train.next_batch(16, shuffle=shuffle)
            found.append([images.astype(np.float64).sum(axis=1), labels])
            found.append(data.train.epochs_completed)
    fake = input_data.read_data_sets(folder, fake_data=True, one_hot=True)
    found.append([fake.train.num_examples, fake.train.next_batch(2, True)])
    again = contrib.learn.datasets.mnist.read_data_sets(folder, validation_size=1)
    found.append(again.train.next_batch(3)[1])
    return found
