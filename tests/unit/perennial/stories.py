"""A whole story of the demo without any cloud; every text that AWS could answer is nasty somewhere."""

from typing import Any

from contract.family import BEFORE
from contract.golden import Golden
from contract.names import EnvironmentName
from perennial.account import facts, history
from perennial.account.answers import Answer
from perennial.account.execution import Execution, Run
from perennial.account.facts import Registered, Trial, Tuning
from perennial.account.registry import Version
from perennial.account.serving import Served, Serving
from perennial.demo.account import Delivery
from perennial.demo.checks import Digest
from perennial.demo.report import Story
from tests.unit.perennial import definitions
from tests.unit.perennial.events import START, Events

NASTY = "<script>alert('x')</script>"
ACCOUNTS: tuple[EnvironmentName, ...] = ("sandbox", "qa", "prod")


def run(*, outcome: str, model: str = "flight-delay", cause: str = "", definition: dict[str, Any] | None = None) -> Run:
    events = Events()
    events.task("Extract, Transform, Load", seconds=28)
    events.task("Model Training", seconds=9)
    events.add("ExecutionSucceeded")
    return Run(
        execution=Execution(
            arn=f"arn:aws:states:us-east-1:111111111111:execution:x:{NASTY}",
            status="FAILED" if cause else "SUCCEEDED",
            started_at=START,
            stopped_at=None,
            input=f'{{"model": "{model}"}}',
            output="",
            error="ModelAccuracyTooLow" if cause else "",
            cause=cause,
        ),
        history=history.parse(events.events),
        state_machine="retraining",
        definition=definition or definitions.retraining(),
        output={"outcome": outcome},
    )


def version(number: int, *, status: str = "Approved") -> Version:
    return Version(
        arn=f"arn:aws:sagemaker:us-east-1:111111111111:model-package/perennial-flight-delay/{number}",
        number=number,
        status=status,
        created_at=START,
        changed_at=START,
        description=f"auc passed {NASTY}",
        decision=f"because {NASTY}",
        metadata={"digest": "cd" * 32},
    )


def tuning(*, parents: tuple[str, ...] = ()) -> Tuning:
    return Tuning(
        name=f"tuning-{len(parents)}",
        metric="validation:auc",
        objective=0.87654,
        best="trial-2",
        parents=parents,
        warm_start="TransferLearning" if parents else "",
        trials=(
            Trial(name="trial-1", status="Completed", value=0.81234, hyperparameters={"eta": "0.3"}),
            Trial(name="trial-2", status="Completed", value=0.87654, hyperparameters={"eta": NASTY}),
            Trial(name="trial-3", status="Failed", value=None, hyperparameters={"eta": "0.2"}),
        ),
    )


def registered(
    number: int = 1, *, champion: bool = False, tuned: Tuning | None = None, model: str = "flight-delay"
) -> Registered:
    data: dict[str, Any] = {
        "fingerprint": "ab" * 32,
        "rows": {"raw": 336776, "train": 200000, "validation": 60000, "test": 60000},
        "label": {"name": "late", "positive_share": {"train": 0.2, "validation": 0.25, "test": 0.1}},
        "features": ["month", NASTY],
        "time_range": {name: ["2013-01-01", "2013-09-01"] for name in ("train", "validation", "test")},
        "golden_label": 0,
    }
    return Registered(
        run=run(outcome="registered", model=model),
        version=version(number),
        metric="auc",
        value=0.91234567,
        threshold=0.85,
        reason=f"auc is high {NASTY}",
        data=data,
        evaluation={
            "candidate": {"metrics": {"auc": 0.9111, "precision": None}},
            "champion": {"metrics": {"auc": 0.9022}} if champion else None,
            "golden": {"request": "1,2.5", "answer": 0.07},
        },
        training=facts.training(
            {
                "TrainingJobName": "job",
                "TrainingTimeInSeconds": 75,
                "FinalMetricDataList": [{"MetricName": "validation:auc", "Value": 0.8, "Timestamp": START}],
                "HyperParameters": {"eta": "0.2", "objective": NASTY},
                "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge"},
            }
        ),
        tuning=tuned,
    )


def _serving(number: int) -> Serving:
    served = Served(
        arn=version(number).arn,
        digest="cd" * 32,
        golden=Golden(request="1,2.5", answer=0.07),
        family=BEFORE,
        uri="s3://b/k",
        endpoint="e",
    )
    return Serving(status="InService", config="c", models={"flight-delay": served})


def delivery(*, action: str = "restored") -> Delivery:
    changes = {"flight-delay": "2 -> 1"}
    return Delivery(serving=_serving(1), action=action, changes=changes, run=run(outcome="up to date"))


def story() -> Story:
    answers = [Answer(target_model=f"flight-delay.tar.gz{NASTY}", value=0.07123, expected=0.07, family=BEFORE)]
    return Story(
        first=registered(1, tuned=tuning()),
        second=registered(2, champion=True, tuned=tuning(parents=(f"parent {NASTY}",))),
        others=(registered(1, model="air-time"),),
        refused=run(outcome="gate failed", model="rain-tomorrow", cause=f"0.73 is too low {NASTY}"),
        unchanged=run(outcome="nothing new"),
        phases={
            "version 2 approved": dict.fromkeys(ACCOUNTS, _serving(2)),
            "version 2 rejected": dict.fromkeys(ACCOUNTS, _serving(1)),
        },
        deployment=run(outcome="deployed", definition=definitions.deployment()),
        restored={name: delivery() for name in ACCOUNTS},
        digests=[
            Digest(model="flight-delay", version=2, registered="cd" * 32, served=dict.fromkeys(ACCOUNTS, "cd" * 32))
        ],
        answers=dict.fromkeys(ACCOUNTS, answers),
        answers_after=dict.fromkeys(ACCOUNTS, answers),
        versions=(version(2, status="Rejected"), version(1)),
    )
