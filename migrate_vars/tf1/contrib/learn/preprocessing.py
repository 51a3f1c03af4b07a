"""Words as numbers: ``tf.contrib.learn.preprocessing`` of TensorFlow 1.15."""

from __future__ import annotations

import collections
import pickle
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

# Capitals, up to the one that begins a word; a word of a name in CamelCase; or anything else.
TOKENIZER_RE = re.compile(r"[A-Z][A-Z]+(?![a-z])|[A-Z][a-z]+(?=[A-Z])|[\w'\-]+", re.UNICODE)


def tokenizer(iterator: Iterable[str]) -> Iterator[list[str]]:
    """The words of each text."""
    for text in iterator:
        yield TOKENIZER_RE.findall(text)


class CategoricalVocabulary:
    """Numbers for words; 0 is for those that are not known."""

    def __init__(self, unknown_token: str = "<UNK>", support_reverse: bool = True) -> None:
        """Takes what stands for words that are not known, and whether to find words by numbers."""
        self._unknown_token = unknown_token
        self._mapping: dict[Any, int] = {unknown_token: 0}
        self._support_reverse = support_reverse
        if support_reverse:
            self._reverse_mapping = [unknown_token]
        self._freq: Any = collections.defaultdict(int)
        self._freeze = False

    def __len__(self) -> int:
        return len(self._mapping)

    def freeze(self, freeze: bool = True) -> None:
        """Takes no more words, or takes them again."""
        self._freeze = freeze

    def get(self, category: Any) -> int:
        """The number of a word, which is a new one if it is new."""
        if category not in self._mapping:
            if self._freeze:
                return 0
            self._mapping[category] = len(self._mapping)
            if self._support_reverse:
                self._reverse_mapping.append(category)
        return self._mapping[category]

    def add(self, category: Any, count: int = 1) -> None:
        """Counts a word."""
        if self.get(category) > 0:
            self._freq[category] += count

    def trim(self, min_frequency: int, max_frequency: int = -1) -> None:
        """Keeps the words that are more frequent than one number, and less than another.

        They are numbered by their frequency.
        """
        by_word = sorted(self._freq.items(), key=lambda item: (isinstance(item[0], str), item[0]))
        by_frequency = sorted(by_word, key=lambda item: item[1], reverse=True)
        self._mapping = {self._unknown_token: 0}
        if self._support_reverse:
            self._reverse_mapping = [self._unknown_token]
        self._freq = collections.defaultdict(int)
        for category, count in by_frequency:
            if count <= min_frequency:
                break
            if 0 < max_frequency <= count:
                continue
            self._mapping[category] = len(self._mapping)
            self._freq[category] = count
            if self._support_reverse:
                self._reverse_mapping.append(category)

    def reverse(self, class_id: int) -> Any:
        """The word of a number.

        Raises:
            ValueError: If the vocabulary was made without this.
        """
        if not self._support_reverse:
            raise ValueError("This vocabulary wasn't initialized with support_reverse")
        return self._reverse_mapping[class_id]


class VocabularyProcessor:
    """Texts as rows of numbers, all of one length."""

    def __init__(
        self,
        max_document_length: int,
        min_frequency: int = 0,
        vocabulary: CategoricalVocabulary | None = None,
        tokenizer_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        """Takes the length of rows.

        Args:
            max_document_length: How many words of a text count.
            min_frequency: Words that are not more frequent than that are not known.
            vocabulary: The numbers.
            tokenizer_fn: From texts to their words.
        """
        self.max_document_length = max_document_length
        self.min_frequency = min_frequency
        self.vocabulary_ = vocabulary or CategoricalVocabulary()
        self._tokenizer = tokenizer_fn or tokenizer

    def fit(self, raw_documents: Iterable[Any], unused_y: Any = None) -> VocabularyProcessor:
        """Learns the words of texts."""
        for tokens in self._tokenizer(raw_documents):
            for token in tokens:
                self.vocabulary_.add(token)
        if self.min_frequency > 0:
            self.vocabulary_.trim(self.min_frequency)
        self.vocabulary_.freeze()
        return self

    def fit_transform(self, raw_documents: Iterable[Any], unused_y: Any = None) -> Iterator[Any]:
        """Learns the words of texts, and gives the rows."""
        self.fit(raw_documents)
        return self.transform(raw_documents)

    def transform(self, raw_documents: Iterable[Any]) -> Iterator[Any]:
        """The rows of texts."""
        for tokens in self._tokenizer(raw_documents):
            row = np.zeros(self.max_document_length, np.int64)
            for place, token in enumerate(tokens):
                if place >= self.max_document_length:
                    break
                row[place] = self.vocabulary_.get(token)
            yield row

    def reverse(self, documents: Iterable[Any]) -> Iterator[str]:
        """The texts of rows."""
        for row in documents:
            yield " ".join(self.vocabulary_.reverse(number) for number in row)

    def save(self, filename: str) -> None:
        """Writes it to a file."""
        with tf.gfile.Open(filename, "wb") as file:
            file.write(pickle.dumps(self))

    @classmethod
    def restore(cls, filename: str) -> Any:
        """Reads it from a file, which TensorFlow 1 may have written, too."""
        with tf.gfile.Open(filename, "rb") as file:
            return _Unpickler(file).load()


class _Unpickler(pickle.Unpickler):
    """Knows where the classes were in TensorFlow 1."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        if module_name.startswith("tensorflow.contrib.learn.python.learn.preprocessing"):
            return globals()[global_name]
        return super().find_class(module_name, global_name)


class ByteProcessor:
    """Texts as rows of their bytes, all of one length."""

    def __init__(self, max_document_length: int) -> None:
        """Takes the length of rows."""
        self.max_document_length = max_document_length

    def fit(self, x: Any) -> ByteProcessor:
        """Does nothing."""
        return self

    def fit_transform(self, x: Iterable[Any]) -> Iterator[Any]:
        """The rows of texts."""
        return self.transform(x)

    def transform(self, x: Iterable[Any]) -> Iterator[Any]:
        """The rows of texts."""
        for text in x:
            data = text if isinstance(text, bytes) else text.encode("utf-8")
            row = np.zeros(self.max_document_length, np.uint8)
            known = np.frombuffer(data, np.uint8)[: self.max_document_length]
            row[: len(known)] = known
            yield row

    def reverse(self, x: Iterable[Any]) -> Iterator[str]:
        """The texts of rows; what is no text gives an empty one."""
        for row in x:
            yield _decoded(bytes(bytearray(row)))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
