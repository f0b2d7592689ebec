"""Measure the explorer beside others on nine classic bugs: `python -m harness.bench`.

A benchmark and not a test: nothing here is part of grading. See README.md for the method.
"""
