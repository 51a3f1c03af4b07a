"""A file to append to, safe from programs that close or reuse file descriptors."""

from __future__ import annotations

import contextlib
import os


class AppendedFile:
    """Appends to a file, and never to another one that reuses its descriptor."""

    def __init__(self, path: str) -> None:
        """Creates an empty file.

        Raises:
            OSError: If it cannot be created.
        """
        self._path = os.path.abspath(path)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        status = os.fstat(self._descriptor)
        self._identity = status.st_dev, status.st_ino

    def write(self, data: bytes) -> None:
        """Appends immediately, without a buffer.

        Raises:
            OSError: If the disk is full, or if both the file and its descriptor are gone.
        """
        try:
            if not self._is_open():  # the program has closed all descriptors that it did not open
                self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND)
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError as error:
            raise OSError(
                error.errno, f"the recording cannot be written: {os.strerror(error.errno or 0)}"
            ) from error

    def _is_open(self) -> bool:
        try:
            status = os.fstat(self._descriptor)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            if self._is_open():
                os.close(self._descriptor)
