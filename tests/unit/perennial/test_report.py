import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from perennial import facts, history, report
from perennial.aws import Execution
from perennial.facts import Answer, Deployed, Run
from tests.unit.perennial import definitions
from tests.unit.perennial.events import START, Events

NASTY = "<script>alert('x')</script>"


def _run(*, outcome: str) -> Run:
    events = Events()
    events.task("Extract, Transform, Load", seconds=28)
    events.task("Model Training", seconds=9)
    events.add("ExecutionSucceeded")
    return Run(
        execution=Execution(
            arn=f"arn:aws:states:us-east-1:111111111111:execution:x:{NASTY}",
            status="SUCCEEDED",
            started_at=START,
            stopped_at=None,
            input='{"model": "flight-delay"}',
            output="",
            error="",
            cause="",
        ),
        history=history.parse(events.events),
        state_machine="retraining",
        definition=definitions.retraining(),
        output={"outcome": outcome},
    )


def deployed() -> Deployed:
    data: dict[str, Any] = {
        "fingerprint": "ab" * 32,
        "rows": {"raw": 336776, "train": 200000, "validation": 60000, "test": 60000},
        "label": {"name": "late", "positive_share": {"train": 0.2, "validation": 0.25, "test": 0.1}},
        "features": ["month", NASTY],
        "time_range": {name: ["2013-01-01", "2013-09-01"] for name in ("train", "validation", "test")},
        "golden_request": "1,2.5",
        "golden_label": 0,
    }
    return Deployed(
        run=_run(outcome="deployed"),
        version=3,
        model_package_arn="arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-flight-delay/3",
        metric="validation:accuracy",
        value=0.91234567,
        threshold=0.9,
        data=data,
        training=facts.training(
            {
                "TrainingJobName": "job",
                "TrainingTimeInSeconds": 75,
                "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.8, "Timestamp": START}],
                "HyperParameters": {"eta": "0.2", "objective": NASTY},
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge"},
            }
        ),
    )


def page() -> str:
    answer = Answer(target_model="flight-delay.tar.gz", probability=0.07, truth=0, row={"month": "1", NASTY: "2.5"})
    return report.render(deployed(), answer=answer, question="Late?", later=_run(outcome="nothing new"))


def test_everything_that_comes_from_outside_is_escaped() -> None:
    html = page()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 4


def test_the_page_asks_nobody_for_anything() -> None:
    html = page().replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert not re.search(r"(src|href)=|url\(|@import|https?://", html)


@pytest.mark.parametrize(
    "fact", ["0.9123", "336,776", "version 3", "20.0 %", "1 min 15 s", "7.0 %", "Nothing new", "ab" * 32]
)
def test_the_page_tells_the_facts(fact: str) -> None:
    assert fact in page()


def test_the_timeline_covers_the_run() -> None:
    steps = report.timeline(_run(outcome="deployed"))
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
