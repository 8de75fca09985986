"""Counts of what was called, for the worker's report."""


class Counter:
    """How often something happened in this process."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        """Count one more."""
        self.count += 1
