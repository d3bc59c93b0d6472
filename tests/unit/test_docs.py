"""What the pages say of files is true, and every decision says when it was made and whether it holds."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
STATUS = re.compile(
    r"Status: (accepted|superseded by \[.+) · Date: \d{4}-\d\d-\d\d(, brought up to date \d{4}-\d\d-\d\d)?"
)


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_number_a_status_and_a_date(page: Path) -> None:
    title, blank, status, *_ = page.read_text(encoding="utf-8").splitlines()
    assert title.startswith(f"# {int(page.name[:4])}. ")
    assert blank == ""
    assert STATUS.fullmatch(status)


def test_no_two_decisions_have_one_number() -> None:
    numbers = [page.name[:4] for page in DECISIONS]
    assert sorted(set(numbers)) == numbers


def test_the_files_that_contributors_are_sent_to_exist() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", CONTRIBUTING)
    files = re.findall(r"`([^`<> ]+/[^`<> ]*)`", CONTRIBUTING)
    assert links
    assert files
    assert [name for name in (*links, *files) if not (ROOT / name).exists()] == []


def test_an_algorithm_touches_at_most_six_files() -> None:
    section = CONTRIBUTING.partition("### An algorithm\n")[2].partition("\n### ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert 1 <= len(rows) <= 6
