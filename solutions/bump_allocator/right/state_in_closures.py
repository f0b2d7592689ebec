"""Right: the state lives in the constructor's local variables, the methods are closures over them.

`alloc` and the others are made per object; `used` is a property that asks one of them. A Condition
serves as the lock, which it is besides what it was made for.
"""

import threading


class Arena:
    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.memory = memory = bytearray(capacity)
        guard = threading.Condition()
        left = len(memory)

        def alloc(size: int, align: int = 8) -> int | None:
            nonlocal left
            if size < 1 or align < 1 or bin(align).count("1") != 1:
                raise ValueError(f"alloc({size}, {align})")
            with guard:
                padding = -(capacity - left) % align
                if padding + size > left:
                    return None
                left -= padding + size
                return capacity - left - size

        def used() -> int:
            with guard:
                return capacity - left

        def rewind(mark: int) -> None:
            nonlocal left
            with guard:
                if mark < 0 or capacity - mark < left:
                    raise ValueError(f"rewind({mark})")
                left = capacity - mark

        self.alloc, self._used, self.mark, self.rewind = alloc, used, used, rewind
        self.reset = lambda: rewind(0)

    @property
    def used(self) -> int:
        return self._used()
