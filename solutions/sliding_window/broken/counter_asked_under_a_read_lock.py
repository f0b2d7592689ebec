"""Missing: the counter's windows change once (retry_after changes them as a reader).

Level: 4
Killed by: test_two_questions_at_once_do_no_harm
Verdict: RACE
Lesson: Two readers who both find a new window push the counts on twice: what was the current window is
gone. A reader must work out the counts without storing them.
"""

import contextlib, threading, time
from fractions import Fraction


class _Node:
    __slots__ = ("at", "next")

    def __init__(self, at):
        self.at = at
        self.next = None


class _RW:
    def __init__(self):
        self.condition = threading.Condition()
        self.inside = 0

    @contextlib.contextmanager
    def reading(self):
        with self.condition:
            self.condition.wait_for(lambda: self.inside >= 0)
            self.inside += 1
        try:
            yield
        finally:
            with self.condition:
                self.inside -= 1
                self.condition.notify_all()

    @contextlib.contextmanager
    def writing(self):
        with self.condition:
            self.condition.wait_for(lambda: self.inside == 0)
            self.inside = -1
        try:
            yield
        finally:
            with self.condition:
                self.inside = 0
                self.condition.notify_all()


class _High:
    def __init__(self, clock):
        self.clock, self.lock, self.seen = clock, threading.Lock(), None

    def __call__(self):
        with self.lock:
            now = self.clock()
            if self.seen is None or now > self.seen:
                self.seen = now
            return self.seen


class SlidingWindowLog:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not limit >= 1 or not window > 0:
            raise ValueError
        self.limit, self.window, self.now = limit, window, _High(clock)
        self.rw, self.size = _RW(), 0
        self.head = self.tail = None

    def allow(self):
        with self.rw.writing():
            now = self.now()
            if self.size == self.limit:
                if self.head.at + self.window > now:
                    return False
                self.head = self.head.next
                self.size -= 1
                if self.head is None:
                    self.tail = None
            node = _Node(now)
            if self.tail is None:
                self.head = node
            else:
                self.tail.next = node
            self.tail = node
            self.size += 1
            return True

    def retry_after(self):
        with self.rw.reading():
            now = self.now()
            if self.size < self.limit:
                return 0.0
            return max(0.0, self.head.at + self.window - now)


class SlidingWindowCounter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not limit >= 1 or not window > 0:
            raise ValueError
        high, rw, w = _High(clock), _RW(), Fraction(window)
        number = current = previous = 0

        def view():
            now = Fraction(high())
            n = now // w
            nonlocal number, current, previous
            if n != number:
                previous = current if n == number + 1 else 0
                current = 0
                number = n
            return n, current, previous, now / w - n

        def allow():
            nonlocal number, current, previous
            with rw.writing():
                n, c, p, part = view()
                if c + p * (1 - part) + 1 > limit:
                    return False
                number, current, previous = n, c + 1, p
                return True

        def retry_after():
            with rw.reading():
                n, c, p, part = view()
                if c + p * (1 - part) + 1 <= limit:
                    return 0.0
                if c < limit:
                    return float((1 - Fraction(limit - 1 - c, p) - part) * w)
                return float((1 - part + 1 - Fraction(limit - 1, c)) * w)

        self.allow, self.retry_after = allow, retry_after
