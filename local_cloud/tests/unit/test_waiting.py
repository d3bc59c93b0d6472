"""What a test waits for."""

from local_cloud.testing.waiting import until


def test_a_condition_that_does_not_hold_is_asked_again() -> None:
    answers = iter([False, None, True])
    assert until(lambda: next(answers)) is True
