"""The coverage pages say what the code covers."""

from pathlib import Path

import pytest

from local_cloud.kernel import coverage


@pytest.mark.parametrize("page", coverage.PAGES, ids=lambda page: page.name)
def test_the_page_is_up_to_date(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert coverage.update(text, coverage.PAGES[page]()) == text, "run `python -m local_cloud.kernel.coverage`"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="generated: start"):
        coverage.update("nothing", "")
