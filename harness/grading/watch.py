"""The parent's side: starts the grading process, listens to it, and ends it whatever it does.

Guarantees: `run` returns, with all processes that were started gone, also where the candidate
ignores signals, floods its output, eats memory, or never comes back. Time decides only that
nothing happens any more, with a bound far above what any check takes; never pass or fail.
Assumptions: POSIX. Where the machine is merely busy, patience is longer (see `_is_stuck`).
"""

import contextlib
import json
import os
import secrets
import selectors
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import psutil

from harness.grading import reaper
from harness.grading.channel import CLOSED, Message, Receiver, TamperedError
from harness.grading.launch import Ends, Launch, fresh
from harness.grading.request import Request
from harness.verdict import Verdict

TICK = 0.05  # seconds between looks at memory and threads
TREE_TICK = 0.25  # ... and at the process tree, which costs more
SILENCE = 20.0  # seconds without a word until a process that is idle or burning counts as stuck
SILENT_CPU = 10.0  # seconds of processor time without a word until a process counts as burning
BUSY_SILENCE = 120.0  # seconds without a word until one that waits for a processor counts as stuck
ONE_CHECK = 60.0  # seconds of processor time for one check that does report progress
ONE_CHECK_BUSY = 600.0  # ... and of any time
MEMORY = 1 << 30  # bytes, resident, of the whole tree
THREADS = 600  # the suites themselves abandon some hundreds
PROCESSES = 4
KEPT_OUTPUT = 20_000  # bytes of what the candidate prints; the rest is read and dropped


@dataclass(frozen=True)
class Ending:
    """How the grading process ended. Where it was not in order, with what it came to."""

    verdict: Verdict | None  # None: in order
    headline: str = ""
    dump: str = ""  # where each thread stood, as faulthandler prints it
    output: str = ""  # the first of what was printed


class _Stop(Exception):  # noqa: N818 - it is an order, not an error
    """The process has to be ended now."""

    def __init__(self, verdict: Verdict, headline: str) -> None:
        self.verdict = verdict
        self.headline = headline


def run(request: Request, listen: Callable[[Message], None], launch: Launch = fresh) -> Ending:
    """Runs one grading process to its end; hands each genuine message to `listen`."""
    with tempfile.TemporaryDirectory(prefix="kata-") as folder, reaper.adopting_orphans():
        return _Watch(request, listen, launch, folder).until_the_end()


class _Watch:
    def __init__(
        self, request: Request, listen: Callable[[Message], None], launch: Launch, folder: str
    ) -> None:
        self._listen = listen
        self._mark = secrets.token_hex(8)
        key = secrets.token_bytes(32)
        self._receiver = Receiver(key)
        self._ended = False  # the last message has come
        self._printed = bytearray()
        self._dumped = bytearray()
        asked, ask = os.pipe()
        self._channel, channel = os.pipe()
        self._dump, dump = os.pipe()
        self._output, output = os.pipe()
        ends = Ends(asked, channel, dump, output)
        self._process = launch(ends, folder, self._mark, request.suite)
        for end in ends:
            os.close(end)
        self._inside = psutil.Process(self._process.pid)  # while it waits: once asked, it may end
        _write(ask, json.dumps({**asdict(request), "key": key.hex()}).encode() + b"\n")
        self._spoke_at = self._started_at = time.monotonic()
        self._cpu_then = self._cpu_at_start = 0.0  # when it last spoke; when the check began

    def until_the_end(self) -> Ending:
        """Listens and looks until the process is gone, then clears up behind it."""
        readers = {
            self._channel: self._on_channel,
            self._dump: lambda data: _keep(self._dumped, data),
            self._output: lambda data: _keep(self._printed, data),
        }
        try:
            stopped: _Stop | None = None
            with selectors.DefaultSelector() as selector:
                for end, reader in readers.items():
                    os.set_blocking(end, False)
                    selector.register(end, selectors.EVENT_READ, reader)
                try:
                    self._attend(selector)
                except _Stop as stop:
                    stopped = stop
                    self._ask_where_it_stands(selector)
                finally:
                    reaper.end_all(self._process, self._mark)
                if stopped is None:
                    stopped = self._drain(selector)
            return self._ending(stopped)
        finally:
            for end in readers:
                os.close(end)

    def _attend(self, selector: selectors.BaseSelector) -> None:
        look = tree = 0.0
        while self._process.poll() is None:
            self._read(selector, TICK)
            now = time.monotonic()
            if now >= look:
                look = now + TICK
                self._look(now)
            if now >= tree:
                tree = now + TREE_TICK
                self._look_at_tree()

    def _read(self, selector: selectors.BaseSelector, timeout: float) -> bool:
        heard = False
        for key, _ in selector.select(timeout):
            try:
                data = os.read(key.fd, 1 << 16)
            except BlockingIOError:
                continue
            if data:
                heard = True
                key.data(data)
            else:
                selector.unregister(key.fd)
                if not selector.get_map():
                    time.sleep(TICK)  # all ends closed, yet it lives
        return heard

    def _on_channel(self, data: bytes) -> None:
        self._spoke_at = time.monotonic()
        self._cpu_then = self._cpu()
        try:
            messages = self._receiver.feed(data)
        except (TamperedError, ValueError):
            raise _Stop(Verdict.WRONG, "It wrote into the grader's own channel.") from None
        for message in messages:
            if message["kind"] == "start":
                self._started_at, self._cpu_at_start = self._spoke_at, self._cpu_then
            self._ended = message["kind"] == "end"
            self._listen(message)

    def _look(self, now: float) -> None:
        try:
            memory, threads = self._inside.memory_info().rss, self._inside.num_threads()
        except psutil.Error:  # it has just ended
            return
        if memory > MEMORY:
            raise _Stop(Verdict.CRASH, f"It used more than {MEMORY >> 20} MiB of memory.")
        if threads > THREADS:
            raise _Stop(Verdict.CRASH, f"It had more than {THREADS} threads at once.")
        if self._is_stuck(now - self._spoke_at):
            raise _Stop(Verdict.HANG, f"Nothing has come of it for {SILENCE:.0f} s: it never ends.")
        spent = self._cpu() - self._cpu_at_start
        if spent > ONE_CHECK or now - self._started_at > ONE_CHECK_BUSY:
            raise _Stop(Verdict.HANG, f"It is still not done after {now - self._started_at:.0f} s.")

    def _is_stuck(self, silent: float) -> bool:
        if silent < SILENCE:
            return False
        burnt = self._cpu() - self._cpu_then
        waits_for_a_processor = burnt < SILENT_CPU and self._is_runnable()
        return silent > BUSY_SILENCE or not waits_for_a_processor

    def _is_runnable(self) -> bool:
        try:
            return bool(self._inside.status() == psutil.STATUS_RUNNING)
        except psutil.Error:
            return False

    def _cpu(self) -> float:
        try:
            times = self._inside.cpu_times()
        except psutil.Error:
            return 0.0
        return float(times.user + times.system)

    def _look_at_tree(self) -> None:
        family = reaper.descendants(self._process.pid)
        if len(family) > PROCESSES:
            raise _Stop(Verdict.CRASH, f"It started more than {PROCESSES} processes.")
        if sum(map(reaper.memory, family)) > MEMORY:
            raise _Stop(Verdict.CRASH, f"Its processes used more than {MEMORY >> 20} MiB.")

    def _ask_where_it_stands(self, selector: selectors.BaseSelector) -> None:
        """Has faulthandler write the stacks; waits a little for them to come."""
        try:
            os.kill(self._process.pid, signal.SIGUSR1)
        except OSError:
            return
        patience = time.monotonic() + 1.0
        while time.monotonic() < patience and not self._dumped.endswith(b"\n"):
            try:
                self._read(selector, TICK)
            except _Stop:
                return

    def _drain(self, selector: selectors.BaseSelector) -> _Stop | None:
        try:
            while selector.get_map() and self._read(selector, 0):
                pass
        except _Stop as stop:
            return stop
        return None

    def _ending(self, stopped: _Stop | None) -> Ending:
        texts = self._dumped.decode(errors="replace"), self._printed.decode(errors="replace")
        if stopped:
            return Ending(stopped.verdict, stopped.headline, *texts)
        status = self._process.returncode
        assert status is not None
        if self._ended and status == 0:
            return Ending(None, "", *texts)
        return Ending(Verdict.CRASH, _how(status), *texts)


def _write(end: int, line: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), open(end, "wb") as pipe:
        pipe.write(line)  # if it could not even start, its exit status will tell


def _how(status: int) -> str:
    if status == CLOSED:
        return "It closed the grader's own channel."
    if status >= 0:
        return f"It ended the whole process, with status {status} (os._exit or the like)."
    if -status == getattr(signal, "SIGXCPU", 0):
        return "It used up its time on the processor."
    return f"The whole process died of {signal.Signals(-status).name}."


def _keep(store: bytearray, data: bytes) -> None:
    store += data[: max(0, KEPT_OUTPUT - len(store))]
