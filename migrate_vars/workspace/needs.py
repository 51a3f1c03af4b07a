"""What the files that were rewritten to ``compat`` need as a whole: packages, and an entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from migrate_vars.findings.finding import Finding, Status
from migrate_vars.rewriting.reporting import Selection
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.options import Options

_NO_ENTRY = (
    "no program starts here: whoever uses these files must call "
    "tensorflow.compat.v1.disable_v2_behavior() before anything is built"
)


@dataclass(slots=True)
class Library:
    """Tells whether the files start a program, and adds up what they need.

    Attributes:
        needs: The packages that they need beside TensorFlow.
        starts: Whether one of them starts a program.
        first: The first that was changed.
    """

    needs: set[str] = field(default_factory=set)
    starts: bool = False
    first: FileResult | None = None

    def add(self, result: FileResult) -> None:
        """Take note of one more file."""
        self.needs |= result.needs
        self.starts = self.starts or result.entry
        if self.first is None and result.changed:
            self.first = result

    def findings(self, options: Options) -> tuple[Finding, ...]:
        """Return what is said of the files as a whole."""
        if self.starts or self.first is None:
            return ()
        if not Selection(tuple(options.select), tuple(options.ignore)).wants("MV409"):
            return ()
        place = min(self.first.findings, key=lambda f: f.line, default=None)
        line, cell = (place.line, place.cell) if place is not None else (1, None)
        keras = "; set TF_USE_LEGACY_KERAS=1, too" if "tf_keras" in self.needs else ""
        return (
            Finding("MV409", self.first.path, line, 1, _NO_ENTRY + keras, Status.ADVICE, cell=cell),
        )


def packages(needs: Iterable[str]) -> set[str]:
    """Return packages as pip is told of them: TensorFlow, and those that go with its release."""
    found = set(needs)
    release = _release_of_tensorflow()
    if "tf_keras" in found:
        found.discard("tf_keras")
        found.add(f"tf_keras~={release}.0" if release else "tf_keras>=2.16")
    found.add(f"tensorflow~={release}.0" if release else "tensorflow>=2.16")
    return found


def _release_of_tensorflow() -> str:
    """Return the release that is installed here, if it is one for the result: ``2.21``."""
    from importlib import metadata  # late: importing it takes a tenth of a short run

    for name in ("tensorflow", "tensorflow-cpu"):
        try:
            major, minor, *_ = metadata.version(name).split(".")
        except (metadata.PackageNotFoundError, ValueError):
            continue
        if major == "2" and minor.isdigit() and int(minor) >= 16:
            return f"{major}.{minor}"
    return ""
