"""What a job's log says of its metrics."""

import pytest

from local_cloud.services.sagemaker import images, metrics

# As AWS's container writes it: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
LOG = """[0]#011train-logloss:0.60000#011validation-ndcg@5:1e-1
epoch 1 train-logloss:9
[1]#011train-logloss:0.50000#011validation-ndcg@5:.25
loss=0.5 and so on
loss=unknown
"""


def test_an_algorithm_of_sagemakers_own_tells_its_rounds() -> None:
    built_in = images.find("sagemaker-xgboost:3.0-5").built_in
    assert metrics.final_metrics(LOG, built_in=built_in) == {"train:logloss": 0.5, "validation:ndcg@5": 0.25}


@pytest.mark.parametrize(("regex", "found"), [("loss=([0-9.]+)", {"loss": 0.5}), ("loss=(.*)", {}), ("x=(.)", {})])
def test_other_jobs_say_where_their_metrics_stand(regex: str, found: dict[str, float]) -> None:
    assert metrics.final_metrics(LOG, definitions=[{"Name": "loss", "Regex": regex}]) == found
