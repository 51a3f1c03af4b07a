"""Looks after a program's changes to files: of each, somebody is told before it is made.

The other half of ``recorder/seccomp_filter.py``: reads the system calls that a program, and all
that it starts, is about to make, and finds out which files they are about.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from migrate_vars.recorder.seccomp_filter import CALLS, MACHINES, WRITES

# From linux/seccomp.h: requests, the two structures, and "make the call as it is".
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CALL = struct.Struct("=QIIiIQ6Q")
_ANSWER = struct.Struct("=QqiI")
_CONTINUE = 1

# The release of Linux that can make a call as it is after telling of it.
_OLDEST = (5, 5)

# Milliseconds that a killed program may take to end.
_PATIENCE = 5000

# From linux/fcntl.h.
_THE_CURRENT_FOLDER = -100
_LINK_ITSELF = 0x100
_LONGEST = 4096

# Calls that are about what a link leads to; of some, flags may say otherwise.
_FOLLOW = frozenset(
    ["open", "openat", "openat2", "creat", "truncate", "chmod", "fchmodat", "fchmodat2", "chown"]
) | {"fchownat", "utime", "utimes", "futimesat", "utimensat"}
_LINK_FLAGS = {"fchmodat2": 3, "fchownat": 4, "utimensat": 3}
# Calls after which a file may get other bytes. Who makes a second name for one may write to that.
_WRITE = frozenset(["open", "openat", "openat2", "creat", "truncate", "link", "linkat"])
_RENAME = frozenset(["rename", "renameat", "renameat2"])

_NAMES = {
    (architecture, call.numbers[column]): name
    for architecture, column in MACHINES.values()
    for name, call in CALLS.items()
    if call.numbers[column] is not None
}


@dataclass(frozen=True)
class Change:
    """What is about to be done to a file, a link or a folder.

    Attributes:
        path: Which one; no folder in it is a link. "" if that cannot be found out.
        writes: Whether the bytes of the file that is there may change.
        moves_to: Where it is moved, if it is.
    """

    path: str
    writes: bool = False
    moves_to: str = ""


class Watch:
    """Looks after one run of a program; a context manager.

    Attributes:
        address: Where ``report_changes`` finds it.
    """

    def __init__(self, before: Callable[[Change], bool], begin: Callable[[bool], None]) -> None:
        """Waits for a program to report itself.

        Args:
            before: Called before each change, in another thread; says whether it may be made.
            begin: Called before the program runs, with whether its changes can be seen.
        """
        self.address = f"migrate-vars-{secrets.token_hex(16)}"
        self._before = before
        self._begin = begin
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind("\0" + self.address)
        self._server.listen(1)
        self._stop, self._stopped = os.pipe()
        self._process: tuple[int, int] | None = None
        self._sees = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Looks after nothing any more: what still runs is killed, and can change no file."""
        self._kill()
        os.close(self._stopped)
        self._thread.join()
        os.close(self._stop)
        self._server.close()

    def _serve(self) -> None:
        listener = -1
        while listener < 0:
            if not self._ready(self._server.fileno()):
                return
            connection, _ = self._server.accept()
            with connection, contextlib.suppress(OSError):
                process, user = _peer(connection)
                if user != os.geteuid():
                    continue
                data, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
                if not data:
                    continue
                self._process = process, os.pidfd_open(process)
                self._sees = bool(descriptors) and _is_readable(process)
                self._begin(self._sees)
                connection.sendall(b"+")
                if not descriptors:
                    return
                listener = descriptors[0]
        try:
            while self._ready(listener):
                if not self._answer(listener):
                    return
        finally:
            os.close(listener)

    def _kill(self) -> None:
        """Kills the program where nobody else has, since its parent is gone."""
        if self._process is None:
            return
        process, descriptor = self._process
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(0):  # its number is still its own
            with contextlib.suppress(OSError):
                if os.getpgid(process) == process:
                    os.killpg(process, signal.SIGKILL)
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            poll.poll(_PATIENCE)
        os.close(descriptor)

    def _ready(self, descriptor: int) -> bool:
        """Waits until something can be read there; False if it is time to stop."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        events = dict(poll.poll())
        return self._stop not in events and bool(events.get(descriptor, 0) & select.POLLIN)

    def _answer(self, listener: int) -> bool:
        """Answers one call; False if there are no more of them."""
        buffer = bytearray(_CALL.size)
        try:
            fcntl.ioctl(listener, _RECEIVE, buffer)
        except OSError as error:
            return error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN)  # it is gone
        identity, process, _, number, architecture, _, *arguments = _CALL.unpack(buffer)
        name = _NAMES.get((architecture, number), "")
        allowed = True
        for change in _changes(process, name, arguments) if self._sees else ():
            allowed = self._before(change) and allowed
        answer = _ANSWER.pack(
            identity, 0, 0 if allowed else -errno.EACCES, _CONTINUE if allowed else 0
        )
        with contextlib.suppress(OSError):  # who has called may be gone
            fcntl.ioctl(listener, _SEND, answer)
        return True


def can_watch() -> bool:
    """Whether this system may have what it takes."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return False
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    return release is not None and tuple(map(int, release.groups())) >= _OLDEST


def _is_readable(process: int) -> bool:
    """Whether the system lets this process read the paths that another one means."""
    try:
        os.close(os.open(f"/proc/{process}/mem", os.O_RDONLY))
    except OSError:
        return False
    return True


def _peer(connection: socket.socket) -> tuple[int, int]:
    """Which process of which user connects."""
    process, user, _ = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    )
    return process, user


def _changes(process: int, name: str, arguments: Sequence[int]) -> Iterator[Change]:
    """What a system call will change."""
    if name == "bind":
        path = _socket_path(process, arguments)
        places: list[str | None] = [_resolve(process, None, path, follow=False)] if path else []
    else:
        places = list(_places(process, name, arguments)) if name else []
    if name in _RENAME and len(places) == 2 and places[0] and places[1]:
        yield Change(places[0], moves_to=places[1])
        yield Change(places[1], moves_to=places[0])  # they may be exchanged
        return
    for number, place in enumerate(places):
        if place is None:
            yield Change("")
        elif place:
            # The first place of two is an old name, which is written through; the other is new.
            yield Change(place, writes=name in _WRITE and number == 0)


def _places(process: int, name: str, arguments: Sequence[int]) -> Iterator[str | None]:
    call = CALLS[name]
    follow = name in _FOLLOW
    if call.flags is not None or name == "openat2":
        flags = _open_flags(process, name, arguments)
        if not flags & WRITES:
            return
        follow = not flags & os.O_NOFOLLOW and flags & (both := os.O_CREAT | os.O_EXCL) != both
    elif name in _LINK_FLAGS:
        follow = not arguments[_LINK_FLAGS[name]] & _LINK_ITSELF
    for folder, path in call.places:
        text = b""
        if path is not None and arguments[path]:
            found = _string(process, arguments[path])
            if found is None:
                yield None
                continue
            text = found
        descriptor = None if folder is None else _signed(arguments[folder])
        yield _resolve(process, descriptor, text, follow)


def _open_flags(process: int, name: str, arguments: Sequence[int]) -> int:
    if name != "openat2":
        place = CALLS[name].flags
        assert place is not None
        return arguments[place]
    data = _memory(process, arguments[2], 8)
    return int.from_bytes(data, "little") if data else 0


def _resolve(process: int, folder: int | None, text: bytes, follow: bool) -> str:
    """The path that a process means; "" if there is no such place."""
    try:
        if text.startswith(b"/"):
            root = os.fsencode(os.readlink(f"/proc/{process}/root"))
            own = b"/proc/self/"
            if text.startswith(own):
                text = b"/proc/%d/" % process + text[len(own) :]
            path = text if root == b"/" else root + text
        elif folder is None or folder == _THE_CURRENT_FOLDER:
            path = os.path.join(os.fsencode(os.readlink(f"/proc/{process}/cwd")), text)
        else:
            path = os.path.join(os.fsencode(os.readlink(f"/proc/{process}/fd/{folder}")), text)
    except OSError:
        return ""
    if not path.startswith(b"/"):
        return ""  # a pipe, for instance
    parent, name = os.path.split(path.rstrip(b"/"))
    if follow or name in (b"", b".", b".."):
        return os.fsdecode(os.path.realpath(path))
    return os.fsdecode(os.path.join(os.path.realpath(parent), name))


def _socket_path(process: int, arguments: Sequence[int]) -> bytes:
    """The path of a socket that is about to be made; b"" where it has none."""
    data = _memory(process, arguments[1], min(arguments[2] & 0xFFFFFFFF, 110)) or b""
    if int.from_bytes(data[:2], sys.byteorder) != socket.AF_UNIX:
        return b""
    return data[2:].split(b"\0", 1)[0]


def _string(process: int, address: int) -> bytes | None:
    """A text that ends with a NUL in a process's memory."""
    found = b""
    while len(found) < _LONGEST:
        # Not over the end of a page: the next one may not be there.
        size = _LONGEST - (address + len(found)) % _LONGEST
        data = _memory(process, address + len(found), size)
        if not data:
            return None
        text, end, _ = data.partition(b"\0")
        found += text
        if end:
            return found
    return None


def _memory(process: int, address: int, size: int) -> bytes | None:
    try:
        descriptor = os.open(f"/proc/{process}/mem", os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.pread(descriptor, size, address)
    except (OSError, OverflowError):
        return None
    finally:
        os.close(descriptor)


def _signed(value: int) -> int:
    """A 32-bit number, as a call that is given a descriptor reads it."""
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 else value
