"""The SageMaker SDK v2, by its own classes and a shell's variables alone."""

import pytest

from integration.sagemaker_sdk.conftest import Client
from local_cloud.testing.roles import ACCOUNT

# What the script's data cost: 3 + 1.5 * 10 + 0.4 * 30.
PRICE = 30


def test_it_tunes_with_a_warm_start_attaches_registers_serves_and_transforms(client: Client) -> None:
    told = client(".venv-sagemaker-v2", "tune_and_serve.py")

    assert told["bucket"] == f"sagemaker-us-east-1-{ACCOUNT}"
    assert told["warm_start"] == "TransferLearning"
    assert len(told["trials"]) == 2
    assert told["best"] == told["trials"][0]
    # One minute's average of thirty rounds, or two.
    assert told["curve"]
    assert told["curve"][0][0] == 0
    arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/rides/1"
    assert (told["package"], told["versions"]) == (arn, [arn])
    assert told["served"] == ["first.tar.gz", "tuned.tar.gz"]
    assert told["prices"] == {name: pytest.approx(PRICE, abs=4) for name in (*told["served"], "best", "version")}
    assert told["prices"]["best"] == told["prices"]["version"] == told["prices"]["tuned.tar.gz"]
    (first, price), (second, dearer) = told["answered"]
    assert (first, second) == ("ride-1", "ride-2")
    assert float(price) == told["prices"]["tuned.tar.gz"]
    assert float(dearer) == pytest.approx(PRICE + 15, abs=6)


def test_sagemakers_own_algorithms_take_and_give_its_records(client: Client) -> None:
    told = client(".venv-sagemaker-v2", "own_algorithms.py")

    assert told["slope"] == pytest.approx(9500, rel=0.02)
    assert told["slope_in_json"] == pytest.approx(told["slope"])
    # The noise in five dimensions is all that is left of three groups.
    assert told["msd"] == [pytest.approx(5, rel=0.1)]
    assert told["components"].endswith("/output/model.tar.gz")
    assert {"validation:mse", "validation:objective_loss", "train:progress"} <= set(told["metrics"])


def test_a_linear_model_answers_requests_and_files(client: Client) -> None:
    told = client(".venv-sagemaker-v2", "linear_learner.py")

    # 30,000 to begin with, and 9,500 a year.
    assert told["answers"] == pytest.approx([30_000, 125_000], rel=0.02)
    assert told["scored"] == pytest.approx([*told["answers"], 220_000], rel=0.02)


def test_scripts_of_ones_own_train_and_serve(client: Client) -> None:
    told = client(".venv-sagemaker-v2", "frameworks.py")

    assert told["labels"] == ["positive", "negative"]
    # Twice the width, and five more if it is red.
    assert told["answers"] == pytest.approx([25, 14], abs=1)
