"""The coverage page says what the code covers."""

import pytest

from local_cloud.kernel import coverage


def test_the_page_is_up_to_date() -> None:
    text = coverage.DOCUMENT.read_text(encoding="utf-8")

    assert coverage.update(text) == text, "run `python -m local_cloud.kernel.coverage`"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="generated: start"):
        coverage.update("nothing")
