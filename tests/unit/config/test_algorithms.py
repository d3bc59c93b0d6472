"""What every algorithm must say of itself, whichever there are."""

import pytest
from pydantic import ValidationError

from config import algorithms, rules
from config.algorithm import Algorithm
from config.training_schema import Training
from tests.support.families import EVERY_SETTING

EVERY = pytest.mark.parametrize(
    "algorithm", [algorithms.resolve(said) for said in EVERY_SETTING.values()], ids=EVERY_SETTING.keys()
)


def test_every_family_is_looked_at_here() -> None:
    assert {said if isinstance(said, str) else said["type"] for said in EVERY_SETTING.values()} == set(
        algorithms.FAMILIES
    )


def test_no_two_formats_have_one_name() -> None:
    names = [algorithms.resolve(said).name for said in EVERY_SETTING.values()]
    # Who trains a transformer does not change what it is.
    assert len(set(names)) == len(names) - 1


@EVERY
def test_what_it_requires_and_tunes_is_what_it_takes(algorithm: Algorithm) -> None:
    takes = algorithm.hyperparameters
    assert takes.required <= takes.known
    assert takes.tunable <= takes.known
    assert set(takes.ranges) <= takes.tunable
    assert set(takes.aliases.values()) <= takes.known
    assert not set(takes.aliases) & takes.known


@EVERY
def test_what_its_problems_name_it_has(algorithm: Algorithm) -> None:
    assert algorithm.problems
    metrics = algorithm.metrics
    for problem in algorithm.problems.values():
        assert problem.tuning_metrics <= set(metrics.objectives)
        # A tuning metric can be reported, or a tuning job would end without a best trial.
        assert all(metrics.is_known(name.removeprefix(metrics.prefix)) for name in problem.tuning_metrics)
        assert problem.gate_metrics
        objective = algorithm.objective.default if algorithm.objective else None
        assert objective is None or any(objective in each.objectives for each in algorithm.problems.values())


@EVERY
def test_a_metric_is_the_same_whatever_the_problem(algorithm: Algorithm) -> None:
    for problem in algorithm.problems.values():
        assert all(algorithm.gate_metrics[name] == metric for name, metric in problem.gate_metrics.items())


@EVERY
def test_what_is_served_can_be_told_from_what_runs_code(algorithm: Algorithm) -> None:
    artifact, requests = algorithm.artifact, algorithm.requests
    # One file of a format that runs no code; or several, and code of the user's own among them.
    assert bool(artifact.file) == bool(artifact.begins_with)
    assert bool(artifact.file) != bool(artifact.holds)
    assert artifact.most_bytes > 0
    # A JSON pointer: https://www.rfc-editor.org/rfc/rfc6901
    assert not requests.answer or requests.answer.startswith("/")
    assert 0 < requests.tolerance < 1


@EVERY
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_its_images_and_their_repositories_lie_in_one_registry_each(algorithm: Algorithm, region: str) -> None:
    images = algorithm.images
    found = [image for image in vars(images).values() if image is not None]
    assert len(found) >= 3
    for image in found:
        account, _, host = image.uri(region).partition(".")
        assert host.startswith(f"dkr.ecr.{region}.amazonaws.com/{image.repository}:")
        assert image.repository_arn(region).split(":")[3:5] == [region, account]


@pytest.mark.parametrize(
    ("name", "known"), [("error@0.7", True), ("error", True), ("auc@0.7", False), ("error@", False)]
)
def test_some_metrics_carry_a_threshold(name: str, known: bool) -> None:
    assert algorithms.resolve("xgboost").metrics.is_known(name) is known


def test_rules_of_another_algorithm_do_not_outlive_the_file() -> None:
    with pytest.raises(ValidationError, match="num_round"), rules.rules_for({"algorithm": "xgboost"}):
        Training(instance_type="ml.m5.large", max_runtime_minutes=1, hyperparameters={"eta": 1})
    with pytest.raises(ValidationError, match="num_round"), rules.rules_for({"algorithm": ["no", "name"]}):
        Training(instance_type="ml.m5.large", max_runtime_minutes=1, hyperparameters={"eta": 1})
