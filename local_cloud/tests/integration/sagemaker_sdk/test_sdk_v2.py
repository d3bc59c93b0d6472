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
