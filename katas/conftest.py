"""Loads the harness's pytest plugin, so that plain `pytest katas/NAME` works."""

from harness.pytest_plugin import *  # noqa: F403
