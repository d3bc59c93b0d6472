"""What a job's log says of its metrics."""

from datetime import datetime

import pytest

from local_cloud.services.sagemaker import images, metrics
from local_cloud.services.sagemaker.job_output import Output

# As AWS's container writes it: https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html
LOG = """[0]#011train-logloss:0.60000#011validation-ndcg@5:1e-1
epoch 1 train-logloss:9
[1]#011train-logloss:0.50000#011validation-ndcg@5:.25
loss=0.5 and so on
loss=unknown
"""
START, END = datetime(2026, 1, 1, 12, 0, 1), datetime(2026, 1, 1, 12, 1, 2)
OUTPUT = Output(content=LOG.encode(), seen=((len("[0]#011train-logloss:0.60000"), START), (len(LOG), END)))


def test_an_algorithm_of_sagemakers_own_tells_its_rounds() -> None:
    built_in = images.find("sagemaker-xgboost:3.0-5").built_in

    found = list(metrics.read(OUTPUT.lines(), built_in=built_in))

    assert [(item.name, item.value) for item in found] == [
        ("train:logloss", 0.6),
        ("validation:ndcg@5", 0.1),
        ("train:logloss", 0.5),
        ("validation:ndcg@5", 0.25),
    ]
    assert {item.name: item.value for item in metrics.last(found)} == {"train:logloss": 0.5, "validation:ndcg@5": 0.25}


@pytest.mark.parametrize(("regex", "found"), [("loss=([0-9.]+)", {"loss": 0.5}), ("loss=(.*)", {}), ("x=(.)", {})])
def test_other_jobs_say_where_their_metrics_stand(regex: str, found: dict[str, float]) -> None:
    told = metrics.last(metrics.read(OUTPUT.lines(), definitions=[{"Name": "loss", "Regex": regex}]))
    assert {item.name: item.value for item in told} == found


def test_a_line_was_written_when_the_log_was_seen_to_hold_all_of_it() -> None:
    output = Output(content=b"one\r\ntwo\nthree", seen=((5, START), (7, END), (14, END.replace(hour=13))))
    assert list(output.lines()) == [(START, "one"), (END.replace(hour=13), "two"), (END.replace(hour=13), "three")]
