"""Grading: a candidate runs in a process of its own, and a parent that it cannot reach judges."""
