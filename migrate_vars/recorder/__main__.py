"""``python .../recorder serve MODULE...`` or ``python .../recorder run JOB`` (a JSON object)."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from typing import Any


def _package() -> str:
    """Makes this directory importable as a package, wherever it is, and returns its name."""
    here = os.path.dirname(os.path.abspath(__file__))
    name = "_migrate_vars_recorder"
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(here, "__init__.py"), submodule_search_locations=[here]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    if sys.path and os.path.abspath(sys.path[0]) == here:
        sys.path[0] = ""  # these module names must not shadow the user's
    return name


def main() -> None:
    """Serves or runs, depending on the first argument."""
    package = _package()
    if sys.argv[1] == "serve":
        server: Any = importlib.import_module(package + ".fork_server")
        os._exit(server.serve(sys.argv[2:]))  # without tearing down TensorFlow
    program: Any = importlib.import_module(package + ".program")
    program.run_and_exit(program.Job(**json.loads(sys.argv[2])))


if __name__ == "__main__":
    main()
