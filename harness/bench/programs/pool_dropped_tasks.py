"""Dropped tasks: a worker that sees `closed` leaves, although tasks are waiting.

The fix: leave only when closed and nothing is left to do.
"""

import threading

WORKERS = 2


class Broken:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.tasks: list[str] = []
        self.closed = False
        self.done: list[str] = []
        self.workers = [threading.Thread(target=self.work) for _ in range(WORKERS)]

    def start(self) -> None:
        for worker in self.workers:
            worker.start()

    def join(self) -> None:
        for worker in self.workers:
            worker.join()

    def submit(self, task: str) -> None:
        with self.changed:
            self.tasks.append(task)
            self.changed.notify()

    def is_over(self) -> bool:
        return self.closed

    def work(self) -> None:
        while True:
            with self.changed:
                while not self.tasks and not self.closed:
                    self.changed.wait()
                if self.is_over():
                    return
                task = self.tasks.pop(0)
            self.done.append(task)

    def shutdown(self) -> None:
        with self.changed:
            self.closed = True
            self.changed.notify_all()


class Fixed(Broken):
    def is_over(self) -> bool:
        return self.closed and not self.tasks


def worker(pool: Broken) -> None:
    pool.work()


def client(pool: Broken) -> None:
    pool.submit("first")
    pool.submit("second")
    pool.shutdown()


def check(pool: Broken) -> None:
    assert sorted(pool.done) == ["first", "second"], f"two were submitted; done: {pool.done}"


ROLES = (worker, worker, client)  # for a tool that starts the threads itself


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    pool = make(twin)
    caller = threading.Thread(target=client, args=(pool,))
    first, then = (caller, pool) if ROLES[order[0]] is client else (pool, caller)
    first.start()
    then.start()
    caller.join()
    pool.join()
    check(pool)
