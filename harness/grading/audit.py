"""Stops a candidate at run time from reaching the machine: processes, files, the interpreter.

An audit hook (PEP 578) sees these calls however they were come by, and cannot be removed.

Guarantees: once armed, a refused call has no effect, and ends the grading at once, so that nothing
is gained by swallowing an error and trying again.
Assumptions: CPython. Whatever gets past this still meets the parent process, which counts only
results that it can check, and ends the whole process group.
"""

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from harness.explore import touches
from harness.grading import fingerprint

# Nothing in the grading process has a use for these once the candidate is loaded.
ALWAYS = {
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.exec": "replaces the process",
    "os.system": "starts a process",
    "subprocess.Popen": "starts a process",
    "pty.spawn": "starts a process",
    "os.kill": "sends a signal to a process",
    "os.killpg": "sends a signal to a process",
    "ctypes.dlopen": "loads machine code",
    "ctypes.dlsym": "loads machine code",
    "sys.addaudithook": "reaches into the interpreter",
    "sys._current_frames": "reaches into the interpreter",
    "sys._current_exceptions": "reaches into the interpreter",
    "socket.connect": "opens a network connection",
    "socket.bind": "opens a network connection",
}
# Hypothesis does these itself, now and then; on its behalf they are allowed.
UNLESS_HYPOTHESIS = {
    "os.remove": "changes files",
    "os.rename": "changes files",
    "os.rmdir": "changes files",
    "os.truncate": "changes files",
    "os.chmod": "changes files",
    "os.link": "changes files",
    "os.symlink": "changes files",
    "shutil.rmtree": "changes files",
    "shutil.move": "changes files",
    "open": "writes a file",
    "os.mkdir": "changes files",
    "gc.get_objects": "reaches into the interpreter",
    "gc.get_referrers": "reaches into the interpreter",
    "gc.get_referents": "reaches into the interpreter",
    "sys.settrace": "reaches into the interpreter",
    "sys.setprofile": "reaches into the interpreter",
}


def arm(candidate: str, refuse: Callable[[str, int | None], None]) -> None:
    """From now on, calls `refuse` with a sentence and the candidate's line, once, on the first.

    `refuse` is to end the process; should it come back, the call itself fails.
    """
    sys.addaudithook(_make_hook(candidate, refuse))


def _make_hook(
    candidate: str, refuse: Callable[[str, int | None], None]
) -> Callable[[str, tuple[Any, ...]], None]:
    # Locals, so that replacing a global or a builtin later changes nothing here.
    always, unless = dict(ALWAYS), dict(UNLESS_HYPOTHESIS)
    trusted = os.path.dirname(getattr(sys.modules.get("hypothesis"), "__file__", None) or "/none/")
    # A dict's view does not say whose it is, and a function's parts are compared all at once.
    asks_for_referents = frozenset({touches.__file__, fingerprint.__file__})
    getframe, error = sys._getframe, PermissionError
    refused = False

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal refused
        what = always.get(event)
        if what is None:
            what = unless.get(event)
            if what is None or (event == "open" and not _writes(args)):
                return
            caller = getframe(1)
            if event == "gc.get_referents" and caller.f_code.co_filename in asks_for_referents:
                return
            if _is_called_by(caller, trusted, candidate):
                return
        sentence = f"It {what} ({event}), which no kata needs and the grader refuses."
        if not refused:
            refused = True
            refuse(sentence, _line_in(getframe(1), candidate))
        raise error(sentence)

    return hook


def _line_in(frame: FrameType | None, candidate: str) -> int | None:
    while frame is not None:
        if frame.f_code.co_filename == candidate:
            return frame.f_lineno
        frame = frame.f_back
    return None


def _writes(args: tuple[Any, ...]) -> bool:
    mode, flags = args[1], args[2]
    if isinstance(mode, str):
        return not mode.startswith("r") or "+" in mode
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) != 0


def _is_called_by(frame: FrameType | None, trusted: str, candidate: str) -> bool:
    """Whether the trusted package is among the callers, and the candidate is not."""
    found = False
    while frame is not None:
        file = frame.f_code.co_filename
        if file == candidate:
            return False
        found = found or file.startswith(trusted)
        frame = frame.f_back
    return found
