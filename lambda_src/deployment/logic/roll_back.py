"""The alarms that roll an update back: they watch the fleet of the new endpoint configuration and nothing else.

SageMaker publishes the metrics of an endpoint's requests by variant, which both fleets share during an update, and
again by variant and configuration, which is one fleet's alone.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.run_names import ERRORS, LATENCY

# Of the requests of a minute, as a share. AWS's own example of a roll-back alarm takes it too.
_MOST_ERRORS = 0.01
_MICROSECONDS = 1000


@dataclass(frozen=True, kw_only=True)
class NewFleet:
    """What is watched during an update.

    Args:
        endpoint_name: the endpoint.
        endpoint_config: name of the configuration that it is updated to.
        variant_name: of its only variant.
        max_latency_ms: the average of a minute's answers that is still fast enough.
    """

    endpoint_name: str
    endpoint_config: str
    variant_name: str
    max_latency_ms: int


def requests(fleet: NewFleet, *, names: Mapping[str, str], tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Requests of PutMetricAlarm.

    An alarm goes off when two of three minutes were bad: neither one stray error nor a minute in which models are
    called for the first time undoes an update. Without requests there is nothing wrong.

    Args:
        fleet: what is watched.
        names: of the alarms, by what they watch; see `contract.run_names`.
        tags: of the alarms.
    """
    common = {
        "Namespace": "AWS/SageMaker",
        "Dimensions": [
            {"Name": "EndpointName", "Value": fleet.endpoint_name},
            {"Name": "VariantName", "Value": fleet.variant_name},
            {"Name": "EndpointConfigName", "Value": fleet.endpoint_config},
        ],
        # Each request sends 0 or 1 to the metric of errors, so that its average is their share.
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }
    return [
        {
            **common,
            "AlarmName": names[ERRORS],
            "AlarmDescription": "Rolls an update back: its new fleet answers with server errors",
            "MetricName": "Invocation5XXErrors",
            "Threshold": _MOST_ERRORS,
        },
        {
            **common,
            "AlarmName": names[LATENCY],
            "AlarmDescription": "Rolls an update back: its new fleet answers slowly",
            # Without the time to load a model, which has metrics of its own.
            "MetricName": "ModelLatency",
            "Threshold": float(fleet.max_latency_ms * _MICROSECONDS),
        },
    ]
