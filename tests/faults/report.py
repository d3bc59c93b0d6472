"""Prints the tables of the fault matrix at the end of a run, and writes them to the docs when that is asked for."""

from typing import Any

import pytest

_TABLE = "fault matrix"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Define ``--write-fault-matrix``."""
    parser.addoption("--write-fault-matrix", action="store_true", help="put the tables into docs/fault-matrix.md")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what the tests of the matrix kept as a property; reports of other workers carry it too."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, text in getattr(report, "user_properties", []):
                if name == _TABLE and getattr(report, "when", "") == "call":
                    terminalreporter.section(_TABLE)
                    terminalreporter.write_line(text)
