"""Fail the run where a test was skipped for a reason that is not on the list."""

import os
import tomllib
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("skips.toml")


class SkipList:
    """A pytest plugin that holds the reasons for skips against the list."""

    def __init__(self, path: Path = LIST, in_ci: bool | None = None) -> None:
        in_ci = os.environ.get("CI") == "true" if in_ci is None else in_ci
        entries = tomllib.loads(path.read_text()).get("skip", [])
        self.allowed = {entry["reason"] for entry in entries if entry["in_ci"] or not in_ci}
        self.unlisted: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            reason = report.longrepr[2].removeprefix("Skipped: ")
            if reason not in self.allowed:
                self.unlisted.append(f"{report.nodeid}: {reason}")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.unlisted:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.unlisted:
            terminalreporter.section("skipped, but not on the list (tests/skips.toml)")
            for line in self.unlisted:
                terminalreporter.line(line)
