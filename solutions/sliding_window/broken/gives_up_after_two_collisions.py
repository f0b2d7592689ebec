"""Missing: nobody is refused where there is room (who was overtaken twice gives up).

Level: 4
Killed by: test_nobody_is_refused_who_is_overtaken_twice
Verdict: RACE
Lesson: An optimistic step that fails says that somebody else was quicker, not that the window is
full. Try again, as often as it takes.
"""
import math
import threading
import time
from collections import deque


class _Base:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not limit >= 1 or not window > 0:
            raise ValueError
        self.limit, self.window, self.clock = limit, window, clock
        self.lock = threading.Lock()
        self.latest = clock()
        self.version = 0
        self.setup()

    def allow(self):
        for _ in range(2):
            seen = self.version
            now = max(self.latest, self.clock())
            fits = self.fits(now)
            with self.lock:
                if self.version != seen or self.latest > now:
                    continue
                self.latest = max(self.latest, now)
                if not fits:
                    return False
                self.add(now)
                self.version += 1  # last: whoever read the half of it sees that it has changed
                return True
        return False

    def retry_after(self):
        with self.lock:
            self.latest = now = max(self.latest, self.clock())
            return self.wait(now)


class SlidingWindowLog(_Base):
    def setup(self):
        self.times = deque([-math.inf] * self.limit, maxlen=self.limit)

    def fits(self, now):
        return self.times[0] + self.window <= now

    def add(self, now):
        self.times.append(now)

    def wait(self, now):
        return max(0.0, self.times[0] + self.window - now)


class SlidingWindowCounter(_Base):
    def setup(self):
        self.state = (math.floor(self.latest / self.window), 0, 0)

    def at(self, now):
        number, current, previous = self.state
        n = math.floor(now / self.window)
        if n == number:
            return self.state
        return (n, 0, current if n == number + 1 else 0)

    def fits(self, now):
        n, current, previous = self.at(now)
        return current + previous * (1 - (now - n * self.window) / self.window) + 1 <= self.limit

    def add(self, now):
        n, current, previous = self.at(now)
        self.state = (n, current + 1, previous)

    def wait(self, now):
        if self.fits(now):
            return 0.0
        n, c, p = self.at(now)
        elapsed = now - n * self.window
        fade = lambda count, room: self.window * (1 - room / count) if count > room else 0.0
        if c < self.limit:
            return max(0.0, fade(p, self.limit - 1 - c) - elapsed)
        return self.window - elapsed + fade(c, self.limit - 1)
