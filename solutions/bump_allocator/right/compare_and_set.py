"""Right: lock-free in the manner of C: read the cursor, compute, and swap it in if nobody was faster.

Python has no compare-and-set on attributes, but dict.setdefault on a plain key is one: of several
threads that set the same key, one finds its own value there. Each change of the cursor is a new
version; whoever claims the next version first has moved the cursor, and the others try again.
Nobody waits for anybody: a try fails only because another one succeeded.
"""


class Arena:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.memory = bytearray(capacity)
        self._versions = {0: (0,)}
        self._hint = 0  # some version that exists; later ones may

    def _latest(self):
        version = self._hint
        while version + 1 in self._versions:
            version += 1
        return version, self._versions[version][0]

    def _replace(self, version, cursor):
        """Makes `cursor` the version after `version`, unless there is one."""
        mine = [cursor]
        if self._versions.setdefault(version + 1, mine) is not mine:
            return False
        self._hint = version + 1
        return True

    @property
    def used(self):
        return self._latest()[1]

    def alloc(self, size, align=8):
        if size < 1:
            raise ValueError("size must be at least 1")
        if align < 1 or align & (align - 1):
            raise ValueError("align must be a power of two")
        while True:
            version, cursor = self._latest()
            offset = (cursor + align - 1) // align * align
            if offset + size > self.capacity:
                return None
            if self._replace(version, offset + size):
                return offset

    def reset(self):
        while not self._replace(self._latest()[0], 0):
            pass

    def mark(self):
        return self.used

    def rewind(self, mark):
        while True:
            version, cursor = self._latest()
            if not 0 <= mark <= cursor:
                raise ValueError("a mark lies between 0 and used")
            if self._replace(version, mark):
                return
