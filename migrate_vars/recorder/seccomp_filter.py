"""Reports every change to files to another process before it is made, and waits for its answer.

Linux can forward system calls of a process and its descendants to a supervising process (seccomp
user notification, since 5.5). So the process that runs programs can keep the original of a file
that is about to change, whether Python, TensorFlow or a command changes it. Only calls that change
files are forwarded, and each then proceeds unmodified. If the system does not support or allow
this, nothing is forwarded, and the supervisor is told so.
"""

from __future__ import annotations

import array
import ctypes
import os
import platform
import socket
import struct
import sys
from typing import Dict, List, NamedTuple, Optional, Tuple

#: Flags with which ``open`` may create or modify files.
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

#: By machine: its AUDIT_ARCH, and the index of its system call numbers in the table below.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}


class Call(NamedTuple):
    """A system call that changes files.

    Attributes:
        numbers: Its numbers on the machines above; None if it does not exist there.
        places: The indices of the arguments with the folder (or None) and the path (or None if the
            folder's descriptor itself is meant).
        flags: The index of the argument with the flags of ``open``, or None.
    """

    numbers: Tuple[Optional[int], Optional[int]]
    places: Tuple[Tuple[Optional[int], Optional[int]], ...]
    flags: Optional[int] = None


_PATH = ((None, 0),)
_AT = ((0, 1),)

CALLS: Dict[str, Call] = {
    "open": Call((2, None), _PATH, 1),
    "openat": Call((257, 56), _AT, 2),
    "openat2": Call((437, 437), _AT),
    "creat": Call((85, None), _PATH),
    "truncate": Call((76, 45), _PATH),
    "rename": Call((82, None), ((None, 0), (None, 1))),
    "renameat": Call((264, 38), ((0, 1), (2, 3))),
    "renameat2": Call((316, 276), ((0, 1), (2, 3))),
    "link": Call((86, None), ((None, 0), (None, 1))),
    "linkat": Call((265, 37), ((0, 1), (2, 3))),
    "symlink": Call((88, None), ((None, 1),)),
    "symlinkat": Call((266, 36), ((1, 2),)),
    "unlink": Call((87, None), _PATH),
    "unlinkat": Call((263, 35), _AT),
    "rmdir": Call((84, None), _PATH),
    "mkdir": Call((83, None), _PATH),
    "mkdirat": Call((258, 34), _AT),
    "mknod": Call((133, None), _PATH),
    "mknodat": Call((259, 33), _AT),
    "bind": Call((49, 200), ((None, 1),)),
    "chmod": Call((90, None), _PATH),
    "fchmod": Call((91, 52), ((0, None),)),
    "fchmodat": Call((268, 53), _AT),
    "fchmodat2": Call((452, 452), _AT),
    "chown": Call((92, None), _PATH),
    "lchown": Call((94, None), _PATH),
    "fchown": Call((93, 55), ((0, None),)),
    "fchownat": Call((260, 54), _AT),
    "utime": Call((132, None), _PATH),
    "utimes": Call((235, None), _PATH),
    "futimesat": Call((261, None), _AT),
    "utimensat": Call((280, 88), _AT),
}

# From linux/prctl.h, linux/seccomp.h, linux/filter.h.
_NO_NEW_PRIVS = 38
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER = 1
_SPEC_ALLOW, _NEW_LISTENER = 1 << 2, 1 << 3
_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
_OTHER_ABI = 0x40000000  # the x32 system calls on x86_64


def report_changes(address: str) -> None:
    """Forwards this process's changes to files to a supervisor, and waits for it.

    Args:
        address: The name of an abstract Unix socket; "" forwards nothing.
    """
    if not address:
        return
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + address)
        listener = _listener()
        if listener < 0:
            connection.sendall(b"-")
        else:
            descriptors = array.array("i", [listener]).tobytes()
            connection.sendmsg([b"+"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])
            os.close(listener)
        if not connection.recv(1):
            os._exit(1)  # the supervisor is gone


def _listener() -> int:
    """A descriptor to read this process's calls from; negative if not supported."""
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in MACHINES:
        return -1
    if sys.maxsize <= 1 << 32 or sys.byteorder != "little":
        return -1
    instructions = _filter(machine)
    data = ctypes.create_string_buffer(b"".join(instructions))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(data))
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [_SECCOMP[machine], _SET_MODE_FILTER, _SPEC_ALLOW | _NEW_LISTENER]
    call = [ctypes.c_long(value) for value in arguments]
    found = int(libc.syscall(*call, program))
    if found < 0:  # required without privileges: no started program may gain any
        libc.prctl(_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0)))
        found = int(libc.syscall(*call, program))
    return found


def _filter(machine: str) -> List[bytes]:
    """The BPF program that decides for each system call whether to forward it."""
    architecture, column = MACHINES[machine]
    found = [
        _instruction(_LOAD, _MACHINE),
        _instruction(_IF_EQUAL, architecture, 1, 0),
        _instruction(_RETURN, _ALLOW),
        _instruction(_LOAD, _NUMBER),
        _instruction(_IF_AT_LEAST, _OTHER_ABI, 0, 1),
        _instruction(_RETURN, _ALLOW),
    ]
    for call in CALLS.values():
        number = call.numbers[column]
        if number is None:
            continue
        if call.flags is None:
            found += [_instruction(_IF_EQUAL, number, 0, 1), _instruction(_RETURN, _NOTIFY)]
        else:
            found += [
                _instruction(_IF_EQUAL, number, 0, 4),
                _instruction(_LOAD, _ARGUMENTS + 8 * call.flags),
                _instruction(_IF_SET, WRITES, 0, 1),
                _instruction(_RETURN, _NOTIFY),
                _instruction(_RETURN, _ALLOW),
            ]
    return [*found, _instruction(_RETURN, _ALLOW)]


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
