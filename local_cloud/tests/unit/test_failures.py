"""An exception that nobody turned into words is one that tests see."""

import pytest

from local_cloud.kernel import unforeseen
from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.step_functions import failures


def test_an_unforeseen_exception_in_a_state_is_logged_where_tests_look(caplog: pytest.LogCaptureFixture) -> None:
    assert "server.log has reference" in failures.unforeseen(KeyError("nobody foresaw this"))
    (record,) = caplog.records
    assert (record.name, "nobody foresaw this" in caplog.text) == (unforeseen.LOG.name, True)


def test_an_error_of_our_own_says_all_itself(caplog: pytest.LogCaptureFixture) -> None:
    assert failures.unforeseen(LocalCloudError("why")) == "why"
    assert caplog.records == []
