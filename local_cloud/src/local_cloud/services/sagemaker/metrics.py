"""Reads a training job's metrics from its log, and writes them to CloudWatch.

They are on the job's own clock, which is the real one: clients ask for them between its start and its end.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/training-metrics.html
"""

import contextlib
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from local_cloud.containers.sagemaker.image import BuiltIn
from local_cloud.services.cloudwatch import service_metrics

_NAMESPACE = "/aws/sagemaker/TrainingJobs"


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One value.

    Args:
        name: of the metric.
        value: what it was.
        time: by when it stood in the log.
    """

    name: str
    value: float
    time: datetime


def read(
    lines: Iterable[tuple[datetime, str]],
    *,
    built_in: BuiltIn | None = None,
    definitions: Sequence[Mapping[str, str]] = (),
) -> Iterator[Measurement]:
    """All values, in the order of the log.

    Args:
        lines: of the log, each with its time.
        built_in: how SageMaker's own algorithm tells its metrics, if it is one.
        definitions: the job's MetricDefinitions (Name and Regex with one group), by which it is read otherwise.
    """
    by_definition = definitions or (built_in.definitions() if built_in else ())
    for time, line in lines:
        if built_in and built_in.line is not None:
            if re.match(built_in.line, line):
                for match in re.finditer(built_in.metric, line):
                    yield Measurement(
                        name=f"{match['channel']}:{match['name']}", value=float(match["value"]), time=time
                    )
            continue
        for definition in by_definition:
            # What is no number is no metric.
            with contextlib.suppress(ValueError):
                if found := re.search(definition["Regex"], line):
                    yield Measurement(name=definition["Name"], value=float(found[1]), time=time)


def last(measurements: Iterable[Measurement]) -> list[Measurement]:
    """The last value of every metric, in the order in which they were first told."""
    return list({measurement.name: measurement for measurement in measurements}.values())


def publish(measurements: Iterable[Measurement], *, job_arn: str) -> None:
    """Write them to CloudWatch.

    Args:
        measurements: of one job.
        job_arn: TrainingJobArn.
    """
    _, _, _, region, account_id, resource = job_arn.split(":", 5)
    service_metrics.put_all(
        # CloudWatch takes no infinity and nothing that is no number.
        ((item.name, item.time, item.value) for item in measurements if math.isfinite(item.value)),
        account_id=account_id,
        region=region,
        namespace=_NAMESPACE,
        dimensions={"TrainingJobName": resource.rpartition("/")[2]},
        unit="None",
    )
