"""Types of what the recorder's modules exchange, and of the parts of TensorFlow that they use.

TensorFlow has no type hints, and differs between releases. The protocols list what the recorder
uses of its objects in all supported releases; names for ``Any`` describe the rest. Protocols are
for type checkers only: Python 3.7 does not have them.
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

#: Bytes as a one-dimensional uint8 array, which is a buffer.
ByteArray = Any
#: A module or class of TensorFlow, whose functions are looked up or replaced.
TensorFlowModule = Any
TensorFlowClass = Any
#: A protocol buffer message: ``NodeDef``, ``OpDef``, ``FunctionDef``, ``ConfigProto``, ...
Message = Any
#: Anything passed to or returned by TensorFlow: numbers, lists, arrays, tensors, None.
Value = Any
#: A ``TensorShape``.
Shape = Any
#: A wrapped function, with any arguments and result.
Function = Callable[..., Any]
#: A JSON object.
JsonObject = Dict[str, Any]
#: The traceback of an op: frames in TensorFlow 2, tuples in TensorFlow 1.
Traceback = Iterable[Any]

#: A line of the program as written in a trajectory: path and line.
Place = Tuple[str, int]
#: A write: the variable's name, the number of writes (0: initialised, None: unknown) and the value.
Write = Tuple[str, Optional[int], Value]
#: Sets the variable with a name; returns whether it could.
Assign = Callable[[str, Value], bool]
#: The values fed to a call, by name.
Items = List[Tuple[str, Value]]
#: The name of an op in eager execution.
OpName = Union[str, bytes]
#: Returns the definition of a function by name, or None.
FunctionLookup = Callable[[str], Optional[Message]]
#: Returns the ``OpDef`` of an op; None for a function.
OpLookup = Callable[[str], Optional[Message]]


class Patch(NamedTuple):
    """An attribute of TensorFlow or Python that has been replaced.

    Attributes:
        owner: The module or class.
        name: The name of the attribute.
        original: The original value.
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
        """The same dtype, not as a reference."""


class Tensor(Protocol):
    """A tensor of a graph."""

    name: str
    value_index: int
    shape: Shape

    @property
    def op(self) -> Operation:
        """The op that produces it."""

    @property
    def dtype(self) -> DType:
        """Its dtype."""

    def consumers(self) -> List[Operation]:
        """The ops that take it as an input."""


class Resource(Protocol):
    """Something that ops access: the op of a variable, or a stand-in where there is no op."""

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
        """The graph that contains it."""

    @property
    def inputs(self) -> Sequence[Tensor]:
        """Its input tensors."""

    @property
    def outputs(self) -> Sequence[Tensor]:
        """Its output tensors."""

    @property
    def control_inputs(self) -> Sequence[Operation]:
        """Its control dependencies."""

    def get_attr(self, name: str) -> Any:
        """An attribute."""

    def _get_control_flow_context(self) -> Any: ...


class Graph(Protocol):
    """A ``tf.Graph``."""

    version: int
    building_function: bool

    def get_operations(self) -> List[Operation]:
        """All ops, in order of creation."""

    def get_operation_by_name(self, name: str) -> Operation:
        """An op; KeyError or ValueError if there is none."""

    def get_tensor_by_name(self, name: str) -> Tensor:
        """A tensor; KeyError or ValueError if there is none."""

    def as_graph_element(self, name: str) -> Any:
        """The op or the tensor of a name."""

    def is_feedable(self, tensor: Tensor) -> bool:
        """Whether a value may be fed for the tensor."""

    def _get_function(self, name: str) -> Any: ...


class Session(Protocol):
    """A session of TensorFlow 1."""

    _closed: bool
    _target: Any
    _config: Message

    @property
    def graph(self) -> Graph:
        """Its graph."""

    def run(self, fetches: Value, feed_dict: Value = None) -> Any:
        """Runs ops."""

    def _do_call(self, function: Callable[..., Any]) -> Any: ...


class EagerTensor(Protocol):
    """An eager tensor, or the handle of a variable."""

    _id: int
    device: str

    @property
    def dtype(self) -> DType:
        """Its dtype."""

    def numpy(self) -> Any:
        """Its value."""


#: ``BaseSession._make_callable_from_options``: returns a callable that takes the fed values.
MakeCallable = Callable[[Session, Message], Callable[..., List[Value]]]


class SessionTraining(Protocol):
    """Knows which session runs train."""

    def trains(self, session: Session, roots: List[Operation], fed: List[str]) -> bool:
        """Whether a run writes a variable that no metric owns."""


class EagerTraining(Protocol):
    """Knows which function calls train."""

    def trains(
        self, op: OpName, inputs: Sequence[Value], attributes: Sequence[Value]
    ) -> Optional[bool]:
        """Whether a function writes a variable that no metric owns; None for an op."""


class DatasetWrites(Protocol):
    """Knows which variables the functions of datasets write."""

    def written_through(self, op: Operation) -> Dict[Operation, bool]:
        """The variables that an op may write by iterating over its input datasets."""
