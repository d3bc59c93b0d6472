"""What SageMaker tells CloudWatch of every request.

Each metric is written twice: for the variant, which both fleets of an update share, and for the variant with the
endpoint configuration of the fleet that answered. AWS names that dimension where it tells how to watch a new fleet.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html
"""

from local_cloud.services.cloudwatch import service_metrics

_NAMESPACE = "AWS/SageMaker"
_CLIENT_ERROR, _SERVER_ERROR = 400, 500


class Invocation:
    """One request that reached a variant.

    Args:
        endpoint_arn: of the endpoint.
        variant: name of the variant.
        config_name: of the endpoint configuration whose fleet took it.
    """

    def __init__(self, endpoint_arn: str, variant: str, config_name: str) -> None:
        _, _, _, self._region, self._account_id, resource = endpoint_arn.split(":", 5)
        of_variant = {"EndpointName": resource.split("/")[1], "VariantName": variant}
        self._dimensions = of_variant, {**of_variant, "EndpointConfigName": config_name}

    def answered(self, status: int, seconds: float) -> None:
        """The container answered; the time to load the model is none of its own."""
        self.count(status)
        self._put("ModelLatency", seconds * 1e6, "Microseconds")

    def count(self, status: int) -> None:
        """Count it; an HTTP status that is no error counts as 0 errors."""
        self._put("Invocations", 1.0, "None")
        self._put("Invocation4XXErrors", float(_CLIENT_ERROR <= status < _SERVER_ERROR), "None")
        self._put("Invocation5XXErrors", float(status >= _SERVER_ERROR), "None")

    def _put(self, name: str, value: float, unit: str) -> None:
        for dimensions in self._dimensions:
            service_metrics.put(
                account_id=self._account_id,
                region=self._region,
                namespace=_NAMESPACE,
                name=name,
                dimensions=dimensions,
                value=value,
                unit=unit,
            )
