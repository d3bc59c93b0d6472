"""The table at the end of `make security` and `make test`: what was checked, a line an area.

Tests belong to an area by the mark ``security(area)`` and may report a figure with ``record_property("figure", text)``;
both travel in the reports, so that workers need no other way to tell.
"""

from collections import Counter
from collections.abc import Iterable

import pytest

# In the order of the table; docs/security.md describes each. An area without a test fails the run.
AREAS = (
    "cdk-nag",
    "cfn-lint",
    "cdk validation",
    "checkov",
    "iam lint",
    "state machines",
    "permissions",
    "network",
    "iam",
    "faults",
    "hostile input",
)
_AREA, _FIGURE = "security area", "figure"
_COLUMNS = ("area", "passed", "failed", "skipped", "figures")


class Summary:
    """Counts of one run."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.figures: dict[str, list[str]] = {}

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a phase of a test: its call, or what kept the call from being all."""
        properties = dict(report.user_properties)
        area = properties.get(_AREA)
        if area is None or (report.when != "call" and report.passed):
            return
        self.counts.setdefault(str(area), Counter())[report.outcome] += 1
        figures = self.figures.setdefault(str(area), [])
        figures += [str(text) for name, text in report.user_properties if name == _FIGURE and text not in figures]

    @property
    def missing(self) -> list[str]:
        """Areas that no test was run for."""
        return [area for area in AREAS if not (self.counts.get(area, Counter()).keys() - {"skipped"})]

    def lines(self) -> Iterable[str]:
        """The table."""
        rows = [_COLUMNS]
        for area in [*AREAS, *sorted(self.counts.keys() - set(AREAS))]:
            found = self.counts.get(area, Counter())
            counts = (str(found[outcome]) for outcome in ("passed", "failed", "skipped"))
            rows.append((area, *counts, "; ".join(self.figures.get(area, []))))  # type: ignore[arg-type]  # five each
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            numbers = "  ".join(text.rjust(width) for text, width in zip(row[1:4], widths[1:], strict=True))
            yield f"{row[0].ljust(widths[0])}  {numbers}  {row[4]}".rstrip()

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that left out an area."""
        if self.missing and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        terminalreporter.section("security")
        for line in self.lines():
            terminalreporter.write_line(line)
        for area in self.missing:
            terminalreporter.write_line(
                f"nothing was checked of {area!r}: it needs a test that is not skipped", red=True
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Define what `make security` and `make test` say."""
    parser.addoption("--security", action="store_true", help="run only the tests of security, and print their table")
    parser.addoption("--security-table", action="store_true", help="print the table of security after a whole run")


def pytest_configure(config: pytest.Config) -> None:
    """Count in the process that prints, not in its workers."""
    wanted = config.getoption("--security") or config.getoption("--security-table")
    if wanted and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Summary(), "security-summary")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Note each test's area where its reports show it, and leave out the others when only security is asked for."""
    others = []
    for item in items:
        mark = item.get_closest_marker("security")
        if mark is None:
            others.append(item)
        else:
            (area,) = mark.args
            item.user_properties.append((_AREA, area))
    if config.getoption("--security"):
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item.get_closest_marker("security")]
