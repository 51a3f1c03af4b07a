"""What the recorder's modules hand each other, and the parts of TensorFlow that they use.

TensorFlow has no types, and other ones in each release. The protocols name what the recorder takes
from its objects, in all releases that it supports; ``Any`` stands for the rest, by names that say
what it is. They count for type checkers only: Python 3.7 has no protocols.
"""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

if TYPE_CHECKING:
    from typing import Protocol

    import numpy.typing as npt

    #: A NumPy array of any dtype.
    Array = npt.NDArray[Any]
else:
    Array = Any
    Protocol = object

#: Bytes as a uint8 array of one dimension, which is a buffer.
ByteArray = Any
#: A module or a class of TensorFlow's, in which functions are looked up and replaced.
TensorFlowModule = Any
TensorFlowClass = Any
#: A message of protocol buffers: ``NodeDef``, ``OpDef``, ``FunctionDef``, ``ConfigProto``, ...
Message = Any
#: What a program gives to TensorFlow, or gets from it: numbers, lists, arrays, tensors, None.
Value = Any
#: A ``TensorShape``.
Shape = Any
#: A function that is wrapped, with whatever it takes and returns.
Function = Callable[..., Any]
#: An object that JSON can hold.
JsonObject = Dict[str, Any]
#: The traceback of an op: frames in TensorFlow 2, tuples in TensorFlow 1.
Traceback = Iterable[Any]

#: A line of the program as it is called in a file: path and line.
Place = Tuple[str, int]
#: Of a variable that was written: its name, how often (0: it was initialised; None: that is not
#: known), and the value that it has now.
Write = Tuple[str, Optional[int], Value]
#: Sets the variable of a name, and says whether it could.
Assign = Callable[[str, Value], bool]
#: What a call is fed, by name.
Items = List[Tuple[str, Value]]
#: The name of an op as it is executed eagerly.
OpName = Union[str, bytes]
#: Gives the definition of a function by its name, or None.
FunctionLookup = Callable[[str], Optional[Message]]
#: Gives the ``OpDef`` of an op; None for a function.
OpLookup = Callable[[str], Optional[Message]]


class Patch(NamedTuple):
    """Something of TensorFlow's, or of Python's, that has been replaced.

    Attributes:
        owner: The module or the class that has it.
        name: Its name there.
        original: What it was.
    """

    owner: Any
    name: str
    original: Any


class DType(Protocol):
    """A ``tf.DType``."""

    name: str
    is_integer: bool
    as_numpy_dtype: Any
    as_datatype_enum: int
    _is_ref_dtype: bool

    @property
    def base_dtype(self) -> DType:
        """The dtype without its being a reference."""


class Tensor(Protocol):
    """A tensor of a graph."""

    name: str
    value_index: int
    shape: Shape

    @property
    def op(self) -> Operation:
        """The op that gives it."""

    @property
    def dtype(self) -> DType:
        """Its dtype."""

    def consumers(self) -> List[Operation]:
        """The ops that it is given to."""


class Resource(Protocol):
    """What ops access: the op of a variable or the like, or what stands for what has none."""

    name: str
    type: str
    _id: int


class Operation(Resource, Protocol):
    """An op of a graph."""

    node_def: Message
    op_def: Message
    traceback: Traceback

    @property
    def graph(self) -> Graph:
        """The graph that it is in."""

    @property
    def inputs(self) -> Sequence[Tensor]:
        """What it is given."""

    @property
    def outputs(self) -> Sequence[Tensor]:
        """What it gives."""

    @property
    def control_inputs(self) -> Sequence[Operation]:
        """The ops that it waits for besides."""

    def get_attr(self, name: str) -> Any:
        """An attribute."""

    def _get_control_flow_context(self) -> Any: ...


class Graph(Protocol):
    """A ``tf.Graph``."""

    version: int
    building_function: bool

    def get_operations(self) -> List[Operation]:
        """All ops, in the order in which they were made."""

    def get_operation_by_name(self, name: str) -> Operation:
        """An op; KeyError or ValueError if there is none."""

    def get_tensor_by_name(self, name: str) -> Tensor:
        """A tensor; KeyError or ValueError if there is none."""

    def as_graph_element(self, name: str) -> Any:
        """The op or the tensor of a name."""

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether a run may be given the tensor's value."""

    def _get_function(self, name: str) -> Any: ...


class Session(Protocol):
    """A session of TensorFlow 1."""

    _closed: bool
    _target: Any
    _config: Message

    @property
    def graph(self) -> Graph:
        """The graph whose ops it runs."""

    def run(self, fetches: Value, feed_dict: Value = None) -> Any:
        """Runs ops."""

    def _do_call(self, function: Callable[..., Any]) -> Any: ...


class EagerTensor(Protocol):
    """A tensor of eager code, or the handle of a variable there."""

    _id: int
    device: str

    @property
    def dtype(self) -> DType:
        """Its dtype."""

    def numpy(self) -> Any:
        """Its value."""


#: ``BaseSession._make_callable_from_options``: gives what makes a run, fed values in their order.
MakeCallable = Callable[[Session, Message], Callable[..., List[Value]]]


class SessionTraining(Protocol):
    """Says of runs of sessions whether they train."""

    def trains(self, session: Session, roots: List[Operation], fed: List[str]) -> bool:
        """Whether a run writes a variable that no metric owns."""


class EagerTraining(Protocol):
    """Says of calls of functions whether they train."""

    def trains(
        self, op: OpName, inputs: Sequence[Value], attributes: Sequence[Value]
    ) -> Optional[bool]:
        """Whether a function writes a variable that no metric owns; None if it is none."""


class DatasetWrites(Protocol):
    """Says what the functions of datasets write."""

    def written_through(self, op: Operation) -> Dict[Operation, bool]:
        """The variables that an op writes by iterating over datasets."""
