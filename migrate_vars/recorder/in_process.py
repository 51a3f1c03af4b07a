"""Records part of a running process, such as a function in a test."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import Iterator, List

from . import hooks
from .interfaces import Session, Value
from .policy import IN_PROCESS
from .program import describe_run
from .recording import Recording
from .session_hooks import install_older_callables
from .user_code import UserCode
from .writer import TrajectoryWriter


@contextlib.contextmanager
def recording(
    path: str, script: str, name: str, run_eagerly: bool = False, in_graph: bool = False
) -> Iterator[None]:
    """Records what the body of a ``with`` statement trains.

    Grappler is off inside. Threads and oneDNN are as configured in the process, the same for
    everything recorded in it; so ops that race run in any order. Recordings must not be nested.

    Args:
        path: File to write the trajectory to.
        script: The calling file; code below its folder is the user's.
        name: The name of the program in the header.
        run_eagerly: Whether ``tf.function`` runs without a graph.
        in_graph: Whether the body builds ops in a new graph, as TF1 code does, or runs eagerly.

    Yields:
        Nothing. An exception ends the trajectory and propagates.
    """
    import numpy as np
    import tensorflow
    from tensorflow.python.client import session

    header = describe_run(name, run_eagerly, IN_PROCESS)
    header.update({"argv": [], "tensorflow": tensorflow.__version__, "numpy": np.__version__})
    writer = TrajectoryWriter(path, header)
    record = Recording(writer, UserCode(os.path.dirname(os.path.realpath(script))))
    record.races = True
    installed = hooks.install(tensorflow, record, IN_PROCESS, run_eagerly)
    try:
        installed.eager_recorder.adopt(_living_variables())
        installed.session_recorder.adopt(_open_sessions())
        install_older_callables(
            installed.session_recorder, session.BaseSession, session.tf_session.TF_OperationName
        )
        with tensorflow.Graph().as_default() if in_graph else contextlib.nullcontext():
            yield
    except BaseException as error:
        writer.end("error", f"{type(error).__name__}: {error}".splitlines()[0])
        raise
    else:
        installed.finish()
        writer.end("finished")
    finally:
        installed.remove()


def _open_sessions() -> List[Session]:
    """All open sessions."""
    from tensorflow.python.client.session import BaseSession

    found = [item for item in gc.get_objects() if issubclass(type(item), BaseSession)]
    return [session for session in found if session._session is not None and not session._closed]


def _living_variables() -> List[Value]:
    """All existing eager variables, oldest first."""
    from tensorflow.python.framework.ops import EagerTensor
    from tensorflow.python.ops.resource_variable_ops import BaseResourceVariable

    found = [item for item in gc.get_objects() if issubclass(type(item), BaseResourceVariable)]
    eager = [variable for variable in found if isinstance(variable._handle, EagerTensor)]
    return sorted(eager, key=lambda variable: variable._handle._id)
