"""Which parents a tuning job may learn from, without a job."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import tuning_warm_start
from local_cloud.services.sagemaker.tuning_record import Trial, TuningRecord


@dataclass(frozen=True, kw_only=True)
class Ended:
    """A tuning job that ended.

    Args:
        name: of the job.
        request: CreateHyperParameterTuningJob's input.
        launched: training jobs that it started.
        status: Completed, Failed or Stopped.
    """

    name: str
    request: Mapping[str, Any]
    launched: int
    status: str


def accepts(request: Mapping[str, Any], jobs: Mapping[str, Ended]) -> bool:
    """Whether CreateHyperParameterTuningJob takes the parents that its input names."""
    try:
        tuning_warm_start.check(request, {name: _job(jobs[name]) for name in tuning_warm_start.parent_names(request)})
    except AWSValidationException:
        return False
    return True


def _job(ended: Ended) -> TuningRecord:
    return TuningRecord(
        arn=ended.name,
        request={**ended.request, "HyperParameterTuningJobName": ended.name},
        account_id="111111111111",
        region="us-east-1",
        tags=[],
        status=ended.status,
        trials=[Trial(name="trial", tuned={})] * ended.launched,
    )
