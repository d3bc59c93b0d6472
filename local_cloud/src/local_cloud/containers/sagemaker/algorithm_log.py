"""Writes the log of a training job as SageMaker's own algorithms do, from which their metrics are read.

The lines are as they stand in public logs of jobs: the library that these algorithms share formats them in
``integration.py`` below https://github.com/aws/sagemaker-rl-container/tree/master/src/vw-serving/src/vw_serving/sagemaker,
and DescribeTrainingJob names the regular expressions that find the metrics.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

# A job runs on one host here.
HOST = "algo-1"
_T = TypeVar("_T")


def configured(
    given: Mapping[str, str], *, defaults: Mapping[str, Any], parse: Callable[[Mapping[str, str]], _T]
) -> _T:
    """Tell the configuration before and after it is read; gives what it is read into.

    Args:
        given: hyperparameters of the job.
        defaults: of the algorithm.
        parse: reads them.
    """
    info(f"Reading default configuration: {json.dumps(dict(defaults))}")
    told = json.dumps(dict(given))
    info(f"Merging with provided configuration from /opt/ml/input/config/hyperparameters.json: {told}")
    settings = parse(given)
    info(f"Final configuration: {json.dumps(dict(defaults) | dict(given))}")
    return settings


def info(text: str, *, level: str = "INFO") -> None:
    """One line for people."""
    moment = time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime())
    sys.stdout.write(f"[{moment} {level} {threading.get_ident()}] {text}\n")
    sys.stdout.flush()


def quality(channel: str, name: str, value: float, *, kind: str, epoch: int | None = None) -> None:
    """One metric.

    Args:
        channel: whose.
        name: of the metric.
        value: what it is.
        kind: ``loss`` or ``score``.
        epoch: after which it was measured; None at the end.
    """
    when = "" if epoch is None else f" epoch={epoch},"
    info(f"#quality_metric: host={HOST},{when} {channel} {name} <{kind}>={value!r}")


def score(channel: str, name: str, value: float) -> None:
    """One result of the final model."""
    info(f"#{channel}_score ({HOST}) : ({name!r}, {value!r})")


def progress(percent: int) -> None:
    """How much of the epochs is done."""
    info(f"#progress_metric: host={HOST}, completed {percent} % of epochs")


def throughput(records_per_second: float) -> None:
    """How fast it was."""
    info(f"#throughput_metric: host={HOST}, train throughput={records_per_second!r} records/second")


def metrics(algorithm: str, values: Mapping[str, float], *, start: float, **dimensions: Any) -> None:
    """Measurements as JSON.

    Args:
        algorithm: its name.
        values: by their names.
        start: when the measuring began, in seconds of the epoch.
        **dimensions: what else they belong to, as ``epoch``.
    """
    told = {
        "StartTime": start,
        "EndTime": time.time(),
        "Dimensions": {"Algorithm": algorithm, "Host": HOST, "Operation": "training", **dimensions},
        "Metrics": {name: {"sum": value, "count": 1, "min": value, "max": value} for name, value in values.items()},
    }
    sys.stdout.write(f"#metrics {json.dumps(told)}\n\n")
