"""Missing: available() refills under a lock of its own (it is taken for a reader).

Level: 3
Killed by: test_two_who_look_at_once_credit_a_second_once
Verdict: RACE
Lesson: A question that brings the level up to date is a write. Readers who share a lock then credit the
same second once each; let a reader work the level out without storing it.
"""

import heapq, itertools, math, threading, time


class ReadWrite:
    def __init__(s):
        s.c = threading.Condition()
        s.readers = 0
        s.writer = False

    def r_in(s):
        with s.c:
            while s.writer:
                s.c.wait()
            s.readers += 1

    def r_out(s):
        with s.c:
            s.readers -= 1
            s.c.notify_all()

    def w_in(s):
        with s.c:
            while s.writer or s.readers:
                s.c.wait()
            s.writer = True

    def w_out(s):
        with s.c:
            s.writer = False
            s.c.notify_all()


class TokenBucket:
    def __init__(s, rate, capacity, *, clock=time.monotonic):
        if not (0 < rate < math.inf and 0 < capacity < math.inf):
            raise ValueError
        s.r, s.c, s.k = rate, capacity, clock
        s.l = capacity
        s.t = clock()
        s.high = s.t
        s.hm = threading.Lock()
        s.rw = ReadWrite()
        s.h = []
        s.n = itertools.count()
        s.dead = set()

    def _now(s):
        n = s.k()
        with s.hm:
            s.high = max(s.high, n)
            return n, s.high

    def _at(s, n):
        return min(s.c, s.l + (n - s.t) * s.r)

    def _store(s):
        shown, n = s._now()
        s.l = s._at(n)
        s.t = n
        return shown

    def available(s):
        s.rw.r_in()
        try:
            n = max(s._now()[1], s.t)
            s.l += (n - s.t) * s.r
            s.l = min(s.c, s.l)
            s.t = n
            return s.l
        finally:
            s.rw.r_out()

    def _v(s, x):
        if not 0 < x <= s.c:
            raise ValueError

    def _clean(s):
        while s.h and s.h[0][0] in s.dead:
            s.dead.discard(heapq.heappop(s.h)[0])

    def try_acquire(s, tokens=1.0):
        s._v(tokens)
        s.rw.w_in()
        try:
            s._store()
            s._clean()
            if s.h or s.l < tokens:
                return False
            s.l -= tokens
            return True
        finally:
            s.rw.w_out()

    def acquire(s, tokens=1.0, timeout=None):
        s._v(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError
        e = threading.Event()
        me = None
        end = None
        while True:
            s.rw.w_in()
            try:
                shown = s._store()
                if me is None:
                    end = math.inf if timeout is None else shown + timeout
                    me = next(s.n)
                    heapq.heappush(s.h, (me, e))
                s._clean()
                e.clear()
                first = s.h[0][0] == me
                out = True if first and s.l >= tokens else False if shown >= end else None
                if out is not None:
                    if out:
                        s.l -= tokens
                    s.dead.add(me)
                    s._clean()
                    if s.h:
                        s.h[0][1].set()
                    return out
                w = min(end - shown, s.t + (tokens - s.l) / s.r - shown if first else math.inf)
            finally:
                s.rw.w_out()
            e.wait(None if w == math.inf else w)
