"""What DescribeTrainingJob says of a job beside what its request said.

AWS fills in what was left out, and clients count on it: ``Estimator.attach`` of the SageMaker SDK reads the key of the
output, ``TrainingJobAnalytics`` the metrics of an algorithm whose jobs may not define any. The values are those that
AWS answered for a job of the SDK with XGBoost 1.5-1 in May 2025.
"""

from collections.abc import Mapping
from typing import Any

from local_cloud.services.sagemaker import images

OBJECTIVE = "ObjectiveMetric"


def algorithm(specification: Mapping[str, Any], *, objective: str | None = None) -> dict[str, Any]:
    """AlgorithmSpecification.

    Args:
        specification: as it was asked for.
        objective: the metric that the tuning job goes by whose trial the job is.
    """
    return {"EnableSageMakerMetricsTimeSeries": False, **with_metrics(specification, objective=objective)}


def with_metrics(specification: Mapping[str, Any], *, objective: str | None = None) -> dict[str, Any]:
    """AlgorithmSpecification with the metrics of SageMaker's own algorithm, if it is one; a tuning job has them too.

    That of a tuning job names the objective once more, as `OBJECTIVE`: so did AWS answer for one of linear learner in
    2020.
    """
    # Moto makes some up.
    own = {name: value for name, value in specification.items() if name != "MetricDefinitions"}
    built_in = images.find(specification["TrainingImage"]).built_in
    defined = list(built_in.definitions()) if built_in else specification.get("MetricDefinitions")
    if built_in and defined:
        defined += [{**item, "Name": OBJECTIVE} for item in defined if item["Name"] == objective]
    return {**own, **({"MetricDefinitions": defined} if defined else {})}


def output(config: Mapping[str, Any]) -> dict[str, Any]:
    """OutputDataConfig."""
    return {"KmsKeyId": "", "CompressionType": "GZIP", **config}


def channel(config: Mapping[str, Any]) -> dict[str, Any]:
    """One item of InputDataConfig."""
    source = dict(config.get("DataSource") or {})
    if "S3DataSource" in source:
        source["S3DataSource"] = {"S3DataDistributionType": "FullyReplicated", **source["S3DataSource"]}
    return {"CompressionType": "None", "RecordWrapperType": "None", **config, "DataSource": source}
