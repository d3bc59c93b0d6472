"""The alarms that roll an update back: they watch the fleet of the new endpoint configuration and nothing else.

SageMaker publishes the metrics of an endpoint's requests by variant, which both fleets share during an update, and
again by variant and configuration, which is one fleet's alone.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from collections.abc import Iterable
from typing import Any

from contract.calls.stage_deployment import RollBackAlarms, StageDeployment
from contract.run_names import ERRORS, LATENCY, is_roll_back_alarm

# Of the requests of a minute, as a share. AWS's own example of a roll-back alarm takes it too.
_MOST_ERRORS = 0.01
_MICROSECONDS = 1000


def wanted(asked: StageDeployment) -> list[dict[str, Any]]:
    """Requests of PutMetricAlarm; none for a first deployment, which has nothing to go back to."""
    if asked.roll_back is None or not asked.model_data_prefix:
        return []
    return requests(asked.roll_back, endpoint_name=asked.endpoint_name)


def of_endpoint(names: Iterable[str], endpoint_name: str) -> list[str]:
    """Those of an endpoint, of alarms whose names begin like its own."""
    return [name for name in names if is_roll_back_alarm(name, endpoint_name=endpoint_name)]


def requests(watched: RollBackAlarms, *, endpoint_name: str) -> list[dict[str, Any]]:
    """Requests of PutMetricAlarm.

    An alarm goes off when two of three minutes were bad: neither one stray error nor a minute in which models are
    called for the first time undoes an update. Without requests there is nothing wrong.

    Args:
        watched: the new fleet, and how the alarms are called.
        endpoint_name: of both fleets.
    """
    common = {
        "Namespace": "AWS/SageMaker",
        "Dimensions": [
            {"Name": "EndpointName", "Value": endpoint_name},
            {"Name": "VariantName", "Value": watched.variant_name},
            {"Name": "EndpointConfigName", "Value": watched.endpoint_config},
        ],
        # Each request sends 0 or 1 to the metric of errors, so that its average is their share.
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": [{"Key": key, "Value": value} for key, value in watched.tags.items()],
    }
    return [
        {
            **common,
            "AlarmName": watched.alarms[ERRORS],
            "AlarmDescription": "Rolls an update back: its new fleet answers with server errors",
            "MetricName": "Invocation5XXErrors",
            "Threshold": _MOST_ERRORS,
        },
        {
            **common,
            "AlarmName": watched.alarms[LATENCY],
            "AlarmDescription": "Rolls an update back: its new fleet answers slowly",
            # Without the time to load a model, which has metrics of its own.
            "MetricName": "ModelLatency",
            "Threshold": float(watched.max_latency_ms * _MICROSECONDS),
        },
    ]
