"""The counts at the end of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from migrate_vars.findings.finding import Finding, Safety, Status


@dataclass(slots=True)
class Summary:
    """What a run did, in numbers.

    Attributes:
        needs: The packages that the result needs, as pip names them; None where that is not
            looked for.
        noun: What is rewritten.
    """

    files: int = 0
    changed: int = 0
    safe: int = 0
    assumed: int = 0
    left: int = 0
    advice: int = 0
    errors: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    needs: set[str] | None = None
    noun: str = "call"

    def add(self, findings: Iterable[Finding], *, changed: bool) -> None:
        """Count one more file."""
        self.files += 1
        self.changed += changed
        self.add_findings(findings)

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Count findings, of a file that is counted or of none."""
        for finding in findings:
            self.codes[finding.code] = self.codes.get(finding.code, 0) + 1
            if finding.status is Status.REWRITTEN:  # an import that goes is no call
                self.safe += finding.safety is Safety.SAFE
                self.assumed += finding.safety is Safety.ASSUMED
            elif finding.status is Status.LEFT:
                self.left += 1
            elif finding.status is Status.ADVICE:
                self.advice += 1
            else:
                self.errors += 1

    def as_text(self, *, wrote: bool) -> str:
        """Return the counts as one or two lines.

        Args:
            wrote: Whether the files were written, or only would have been.
        """
        would = "" if wrote else "would be "
        return (
            f"{counted(self.files, 'file')} scanned, {self.changed} {would}changed; "
            f"{counted(self.safe + self.assumed, self.noun)} {would}rewritten "
            f"({self.safe} safe, {self.assumed} assumed), {self.left} left alone, "
            f"{self.advice} advice, {counted(self.errors, 'error')}"
        )

    def pip_line(self) -> str:
        """Return how to install what the result needs; "" where that is not known."""
        if not self.needs:
            return ""
        packages = " ".join(f"'{name}'" if set(name) & set("<>=~") else name
                            for name in sorted(self.needs))  # fmt: skip
        return f"the result needs: pip install {packages}"


def counted(number: int, noun: str) -> str:
    """Return a number of things as text: "1 file", "2 files"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
