import re
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from perennial.account import facts
from perennial.demo import report
from tests.unit.perennial import stories


@cache
def page() -> str:
    return report.render(stories.story())


def test_everything_that_comes_from_outside_is_escaped() -> None:
    assert "<script" not in page()
    assert page().count("&lt;script&gt;") >= 10


def test_the_page_asks_nobody_for_anything() -> None:
    html = page().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"(src|href)=|url\(|@import|https?://", html)


@pytest.mark.parametrize(
    "fact",
    [
        "0.9123",
        "336,776",
        "20.0 %",
        "nothing new",
        "gate failed",
        "TransferLearning",
        "No parents",
        "0.87654",
        "restored",
        "flight-delay 2 -&gt; 1",
        "cdcdcdcdcdcdcdcd",
        "0.071230"[:7],
        "0.9022",
        "1 min 15 s on 1 of ml.m5.xlarge",
        "ab" * 32,
    ],
)
def test_the_page_tells_the_facts(fact: str) -> None:
    assert fact in page()


def test_a_metric_that_could_not_be_computed_is_left_empty() -> None:
    evaluation = stories.registered(2, champion=True).evaluation
    assert report.comparison(evaluation) == [
        {"metric": "auc", "candidate": "0.9111", "champion": "0.9022"},
        {"metric": "precision", "candidate": "", "champion": ""},
    ]


def test_the_timeline_covers_the_run() -> None:
    steps = report.timeline(stories.run(outcome="registered"))
    assert [step.state for step in steps] == ["Extract, Transform, Load", "Model Training"]
    # 43 seconds in all: entered after 1, ETL takes 29, training starts at 31 and takes 10.
    assert steps[0].share == pytest.approx(100 * 29 / 42, abs=0.01)
    assert steps[1].start == pytest.approx(100 * 31 / 42, abs=0.01)


def test_a_job_without_billed_time_is_measured_by_its_ends() -> None:
    job = {
        "TrainingJobName": "job",
        "TrainingStartTime": datetime(2026, 1, 1, tzinfo=UTC),
        "TrainingEndTime": datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC),
        "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    }
    assert facts.training(job).duration == timedelta(seconds=9)
