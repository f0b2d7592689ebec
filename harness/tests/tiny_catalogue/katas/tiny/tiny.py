"""A counter that several threads may use."""


class Counter:
    """Counts from 0."""

    def add(self, amount: int = 1) -> None:
        """Adds to the count. Level 1."""
        raise NotImplementedError("TODO 1")

    def value(self) -> int:
        """The count. Level 1."""
        raise NotImplementedError("TODO 1")

    def wait_for(self, value: int) -> int:
        """Blocks until the count is at least that; returns it. Level 3."""
        raise NotImplementedError("TODO 3")
