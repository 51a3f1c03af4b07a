"""What a file is to the program that it belongs to, as far as other files tell."""

from __future__ import annotations

from typing import Protocol


class Surroundings(Protocol):
    """The other files of the project, as seen from one of them."""

    def is_imported(self) -> bool:
        """Tell whether another file imports this one."""

    def is_v1(self) -> bool:
        """Tell whether the program that this file belongs to is of TensorFlow 1."""

    def leads_to_tensorflow(self) -> bool:
        """Tell whether this file imports one that leads to an import of TensorFlow."""

    def imports_tensorflow(self, module: str) -> bool:
        """Tell whether the import of a module by this file leads to an import of TensorFlow.

        Args:
            module: Its name as the import has it; with dots where it is relative.
        """

    def needs_keras(self, module: str) -> bool:
        """Tell whether the import of a module leads to code that needs Keras 2."""


class LoneFile:
    """A file whose neighbours are not known."""

    def is_imported(self) -> bool:
        """Tell that nothing imports it."""
        return False

    def is_v1(self) -> bool:
        """Tell that nothing else is of TensorFlow 1."""
        return False

    def leads_to_tensorflow(self) -> bool:
        """Tell that it imports no such file."""
        return False

    def imports_tensorflow(self, module: str) -> bool:
        """Tell that what it imports does not lead to TensorFlow."""
        return False

    def needs_keras(self, module: str) -> bool:
        """Tell that what it imports needs no Keras."""
        return False
