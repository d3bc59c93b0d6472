"""The alarms that tell people of an endpoint, whichever of its configurations answers; see also `roll_back`.

Those of the account's first endpoint are the stack's, see constructs/mlops_constructs/watch/fleet_alarms.py. The others
are made here, when an endpoint is, so that the stack does not grow with the models.
Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from typing import Any

from contract.calls.stage_deployment import Watch
from contract.names import METRIC_NAMESPACE
from contract.run_names import ERRORS, LATENCY, UNAPPROVED, alarm

_MICROSECONDS = 1000
# Of the look at the registry, which comes every hour.
_TWO_HOURS = 7200


def requests(watched: Watch, *, endpoint_name: str) -> list[dict[str, Any]]:
    """Requests of PutMetricAlarm.

    Args:
        watched: what the alarms have to know.
        endpoint_name: of the endpoint.
    """
    variant = [
        {"Name": "EndpointName", "Value": endpoint_name},
        {"Name": "VariantName", "Value": watched.variant_name},
    ]
    # Two of three minutes, as the first endpoint's.
    of_minutes = {"Namespace": "AWS/SageMaker", "Dimensions": variant, "Period": 60, "EvaluationPeriods": 3}
    common = {
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [watched.topic_arn],
        "OKActions": [watched.topic_arn],
        "Tags": [{"Key": key, "Value": value} for key, value in watched.tags.items()],
    }
    return [
        {
            **common,
            **of_minutes,
            "AlarmName": alarm(endpoint_name, ERRORS),
            "AlarmDescription": "The endpoint answers with server errors",
            "MetricName": "Invocation5XXErrors",
            "Statistic": "Sum",
            "DatapointsToAlarm": 2,
            "Threshold": 0.0,
        },
        {
            **common,
            **of_minutes,
            "AlarmName": alarm(endpoint_name, LATENCY),
            "AlarmDescription": "The endpoint answers slowly",
            "MetricName": "ModelLatency",
            "Statistic": "Average",
            "DatapointsToAlarm": 2,
            "Threshold": float(watched.max_latency_ms * _MICROSECONDS),
        },
        {
            **common,
            "AlarmName": alarm(endpoint_name, UNAPPROVED),
            "AlarmDescription": "A model serves, but none of its versions is approved any more",
            "Namespace": METRIC_NAMESPACE,
            "MetricName": "ModelsWithoutApprovedVersion",
            "Dimensions": [{"Name": "EndpointName", "Value": endpoint_name}],
            "Statistic": "Maximum",
            "Period": _TWO_HOURS,
            "EvaluationPeriods": 1,
            "Threshold": 0.0,
        },
    ]
