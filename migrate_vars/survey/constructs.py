"""The constructs of TensorFlow 1 that are counted, as a table: which names each consists of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

STATE_OPS = "state_ops"
"""The key of the construct that is told by the state ops, not by names."""


@dataclass(frozen=True, slots=True)
class Construct:
    """One construct.

    Attributes:
        key: What machines call it.
        title: What people call it.
        names: The names below ``tensorflow`` that it consists of, each with all that lies below.
        endings: Where a name must end so that it counts; any way when empty.
        calls: Whether only calls count; otherwise every mention in an expression does.
    """

    key: str
    title: str
    names: tuple[str, ...]
    endings: tuple[str, ...] = ()
    calls: bool = False

    def has(self, member: str) -> bool:
        """Tell whether a dotted name below ``tensorflow`` belongs to it."""
        return any(member == name or member.startswith(f"{name}.") for name in self.names) and (
            not self.endings or member.endswith(self.endings)
        )


CONSTRUCTS = (
    Construct(
        "sessions",
        "sessions",
        (
            *("Session", "InteractiveSession", "train.MonitoredTrainingSession"),
            *("train.MonitoredSession", "train.SingularMonitoredSession", "train.Supervisor"),
        ),
        calls=True,
    ),
    Construct(
        "placeholders",
        "placeholders",
        ("placeholder", "placeholder_with_default", "sparse_placeholder"),
        calls=True,
    ),
    Construct("contrib", "tf.contrib", ("contrib",)),
    Construct("layers", "tf.layers", ("layers",)),
    Construct(
        "rnn_cells",
        "rnn cells",
        ("nn.rnn_cell", "contrib.rnn"),
        ("Cell", "Wrapper", "LSTMStateTuple"),
    ),
    Construct(
        "summaries",
        "summaries",
        (
            *("summary", "scalar_summary", "histogram_summary", "image_summary"),
            *("audio_summary", "merge_summary", "merge_all_summaries", "train.SummaryWriter"),
            *("contrib.summary",),
        ),
    ),
    Construct("savers", "Savers", ("train.Saver", "train.import_meta_graph"), calls=True),
    Construct(
        "queues",
        "queues and readers",
        (
            *("FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "RandomShuffleQueue"),
            *("train.start_queue_runners", "train.Coordinator", "train.QueueRunner"),
            *("train.add_queue_runner", "train.batch", "train.batch_join", "train.shuffle_batch"),
            *("train.shuffle_batch_join", "train.string_input_producer", "train.input_producer"),
            *("train.slice_input_producer", "train.range_input_producer", "train.queue_runner"),
            *("TFRecordReader", "TextLineReader", "WholeFileReader", "FixedLengthRecordReader"),
            *("IdentityReader", "LMDBReader", "queue.FIFOQueue", "queue.RandomShuffleQueue"),
        ),
    ),
    Construct("estimators", "Estimators", ("estimator", "contrib.learn", "contrib.tpu")),
    Construct(
        "variable_scopes",
        "get_variable and scopes",
        (
            *("get_variable", "variable_scope", "get_variable_scope", "AUTO_REUSE"),
            *("variable_op_scope", "make_template"),
        ),
    ),
    Construct(
        "collections",
        "collections",
        (
            *("add_to_collection", "add_to_collections", "get_collection", "get_collection_ref"),
            *("GraphKeys", "trainable_variables", "global_variables", "all_variables"),
            *("local_variables", "model_variables"),
        ),
    ),
    Construct("examples", "tensorflow.examples", ("examples",)),
    Construct("flags", "tf.app and tf.flags", ("app", "flags")),
    Construct("py_func", "py_func", ("py_func",)),
)
"""In the order in which they are shown."""

TITLES = {STATE_OPS: "state ops", **{one.key: one.title for one in CONSTRUCTS}}
"""What people call each, by its key."""


@cache
def constructs_of(member: str, called: bool) -> tuple[str, ...]:
    """Return the keys of the constructs that a name below ``tensorflow`` belongs to.

    Args:
        member: The dotted name, such as ``contrib.rnn.GRUCell``.
        called: Whether it is called.
    """
    return tuple(
        construct.key
        for construct in CONSTRUCTS
        if (called or not construct.calls) and construct.has(member)
    )
