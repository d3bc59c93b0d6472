"""Ten thousand tuning histories: what the planner chooses SageMaker accepts, and it starts cold only when it must.

A generator of our own makes them: hypothesis needs minutes for as many.
"""

import json
from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from contract.calls.plan_tuning import WarmStart
from contract.catalogue import Tuning
from contract.warm_start import Space
from local_cloud.testing.sagemaker.warm_start import Ended, accepts
from retraining.logic import tuning

pytestmark = pytest.mark.security("hostile input")

Row = dict[str, Any]
HISTORIES = 10_000
KINDS = ("ContinuousParameterRanges", "IntegerParameterRanges", "CategoricalParameterRanges")
NAMES = ("alpha", "booster", "eta", "gamma", "lambda", "max_depth", "num_round", "seed")
# https://github.com/aws/sagemaker-python-sdk/issues/3693, in the spelling of AWS's error.
ALLOWED = [
    "algorithmSpecification",
    "inputDataConfig",
    "outputDataConfig",
    "staticHyperParameters",
    "roleArn",
    "resourceConfig",
    "stoppingCondition",
    "vpcConfig",
    "enableManagedSpotTraining",
    "checkpointConfig",
]


def _config(random: Random) -> dict[str, Any]:
    """Settings and training definition of one moment; most moments resemble each other."""
    often = random.random() < 0.6
    tunable = {"eta": KINDS[0], "max_depth": KINDS[1], "booster": KINDS[2]}
    if not often:
        for name in random.sample(NAMES, 2):
            tunable.pop(name, None)
            if random.random() < 0.3:
                tunable[name] = random.choice(KINDS)
    static = {name: "0" for name in NAMES if name not in tunable}
    for name in random.sample(sorted(static), min(len(static), random.choice([0, 0, 1, 4, 5]))):
        static[name] = random.choice("01")
    if random.random() < 0.1:
        static.pop(random.choice(sorted(static)))
    ranges: dict[str, list[dict[str, Any]]] = {}
    for name, kind in tunable.items():
        bounds = {"Values": list("abcdefghijkl")[: random.choice([1, 2, 3, 10, 11])]}
        ranges.setdefault(kind, []).append(
            {"Name": name, **(bounds if kind == KINDS[2] else {"MinValue": "1", "MaxValue": random.choice("89")})}
        )
    training: dict[str, Any] = {
        "AlgorithmSpecification": {"TrainingImage": random.choice(["image-1", "image-2"])},
        "ResourceConfig": {"InstanceCount": random.choice([1, 2])},
        "RetryStrategy": {"MaximumRetryAttempts": 2 if random.random() < 0.95 else 1},
    }
    if random.random() < 0.15:
        training |= {"EnableNetworkIsolation": True, "VpcConfig": {"Subnets": ["subnet-1"]}}
        training["EnableInterContainerTrafficEncryption"] = training["ResourceConfig"]["InstanceCount"] > 1
    metric = "validation:auc" if random.random() < 0.9 else "validation:logloss"
    settings = Tuning(
        enabled=True,
        metric=metric,
        direction="Maximize" if metric == "validation:auc" else "Minimize",
        max_jobs=random.choice([2, 6, 10, 100, 125, 126, 150, 375, 600, 749, 750]),
        max_parallel_jobs=1,
        timeout_seconds=3600,
        parameter_ranges=ranges,
        static_hyperparameters=static,
    )
    return {"settings": settings, "training": training}


def _request(config: Mapping[str, Any], *, test_run: bool = False) -> dict[str, Any]:
    return tuning.request(config["settings"], training=config["training"], test_run=test_run)


def _history(random: Random) -> tuple[list[Row], dict[str, Ended]]:
    """Rows, newest first, as the functions write them; and the jobs as SageMaker has them."""
    rows, jobs, config = [], {}, _config(random)
    for number in range(random.randint(0, 9)):
        if random.random() < 0.3:
            config = _config(random)
        test_run = random.random() < 0.1
        cold = _request(config, test_run=test_run)
        most = cold["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
        launched = most if random.random() < 0.5 else random.randint(1, most)
        name = f"t-{number}"
        jobs[name] = Ended(
            name=name,
            request=cold,
            launched=launched,
            status=random.choice(["Completed", "Stopped"]),
        )
        row: Row = {
            "tuning_job": name,
            "trial_count": random.randint(1, launched),
            "launched": launched,
            "test_run": test_run,
            "space": Space.of(cold).as_dict(),
        }
        if random.random() < 0.05:
            del row["launched"], row["space"]["fixed"], row["space"]["choices"]
        rows.append(json.loads(json.dumps(row)))
    return rows[::-1], jobs


def _hyperparameters(request: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str], dict[str, int]]:
    ranges = request["HyperParameterTuningJobConfig"]["ParameterRanges"]
    items = [(kind, item) for kind in ranges for item in ranges[kind]]
    return (
        request["TrainingJobDefinition"]["StaticHyperParameters"],
        {item["Name"]: kind for kind, item in items},
        {item["Name"]: len(item.get("Values", "ab")) for _, item in items},
    )


def _may_be_a_parent(child: Mapping[str, Any], parent: Mapping[str, Any], launched: int) -> bool:
    """AWS's page written down a second time: whether the job may be the only parent.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html#warm-start-tuning-restrictions
    """
    new, old = child["HyperParameterTuningJobConfig"], parent["HyperParameterTuningJobConfig"]
    if new["HyperParameterTuningJobObjective"] != old["HyperParameterTuningJobObjective"]:
        return False
    if launched + new["ResourceLimits"]["MaxNumberOfTrainingJobs"] > 750:
        return False
    for member in {*child["TrainingJobDefinition"], *parent["TrainingJobDefinition"]}:
        values = [job["TrainingJobDefinition"].get(member) or None for job in (child, parent)]
        if values[0] != values[1] and member[0].lower() + member[1:] not in ALLOWED:
            return False
    (static, tuned, _), (old_static, old_tuned, old_values) = _hyperparameters(child), _hyperparameters(parent)
    if {*static, *tuned} != {*old_static, *old_tuned}:
        return False
    if any(old_tuned.get(name, kind) != kind for name, kind in tuned.items()):
        return False
    changes = 0
    for name, value in static.items():
        if name in old_tuned:
            changes += max(old_values[name], 2)
        elif old_static[name] != value:
            changes += 2
    return changes <= 10


def test_every_planned_warm_start_is_accepted_and_every_cold_start_is_forced() -> None:
    seen: Counter[str] = Counter()
    for seed in range(HISTORIES):
        random = Random(seed)
        rows, jobs = _history(random)
        newest = jobs[rows[0]["tuning_job"]].request if rows else None
        config = _config(random)
        cold = _request(config)
        if newest is not None and random.random() < 0.5:
            # The configuration did not change since the last run, as it mostly has not.
            cold = {member: newest[member] for member in cold}
        found = tuning.choose_parents(rows, cold=cold)
        request = tuning.warm_started(cold, found)
        assert accepts(request, jobs), (seed, found)

        # A test run or a single trial teaches nothing, and an old row does not tell enough: these the app leaves out.
        known = [row for row in rows if not row["test_run"] and row["trial_count"] > 1 and "launched" in row]
        possible = [
            name
            for row in known
            if _may_be_a_parent(cold, jobs[name := row["tuning_job"]].request, jobs[name].launched)
        ]
        for row in known:
            name = row["tuning_job"]
            alone = tuning.warm_started(cold, WarmStart(parents=(name,), type="TransferLearning", reason=""))
            assert accepts(alone, jobs) == (name in possible), (seed, name)
        assert bool(found.parents) == bool(possible), (seed, found, possible)

        taken: list[str] = []
        jobs_in_all = cold["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
        for name in possible:
            if len(taken) < 5 and jobs_in_all + jobs[name].launched <= 750:
                taken.append(name)
                jobs_in_all += jobs[name].launched
        assert list(found.parents) == taken, seed

        seen["warm" if found.parents else "cold"] += 1
        seen["fewer than possible"] += len(taken) < min(5, len(possible))
        seen["several"] += len(taken) > 1
        for kind in ("750", "other settings", "too many changed", "other types", "other hyperparameters", "objective"):
            seen[kind] += kind in found.reason
    # The histories must meet every rule, or they show nothing.
    assert min(seen.values()) > HISTORIES / 100, seen
    assert seen["warm"] > HISTORIES / 5, seen
    assert seen["cold"] > HISTORIES / 5, seen
