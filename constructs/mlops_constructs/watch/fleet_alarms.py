"""Defines the alarms that tell people: of the first endpoint, of the fleet of models and of lost triggers.

Those of further endpoints are made with them, see lambda_src/deployment/logic/watch.py; those that roll an update back
are others, see contract.run_names.
"""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from contract import run_names
from contract.names import METRIC_NAMESPACE


class FleetAlarms(Construct):
    """Define alarms that announce themselves on a topic; their number does not depend on that of the models.

    Args:
        scope: parent.
        construct_id: id.
        topic: where they are announced.
    """

    def __init__(self, scope: Construct, construct_id: str, *, topic: sns.ITopic) -> None:
        super().__init__(scope, construct_id)
        self._topic = topic

    def watch_endpoint(self, endpoint_name: str, *, variant_name: str, max_latency_ms: int) -> None:
        """Alarm on server errors and slow answers in two of three minutes, whichever version gives them.

        Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
        """
        dimensions = {"EndpointName": endpoint_name, "VariantName": variant_name}
        errors = cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name="Invocation5XXErrors",
            dimensions_map=dimensions,
            statistic="Sum",
            period=Duration.minutes(1),
        )
        latency = cloudwatch.Metric(
            namespace="AWS/SageMaker",
            metric_name="ModelLatency",
            dimensions_map=dimensions,
            statistic="Average",
            period=Duration.minutes(1),
        )
        self._alarm(
            "Errors",
            errors,
            name=run_names.alarm(endpoint_name, run_names.ERRORS),
            threshold=0,
            description="The endpoint answers with server errors",
            datapoints=2,
            periods=3,
        )
        self._alarm(
            "Latency",
            latency,
            name=run_names.alarm(endpoint_name, run_names.LATENCY),
            # The metric is in microseconds.
            threshold=max_latency_ms * 1000,
            description="The endpoint answers slowly",
            datapoints=2,
            periods=3,
        )

    def watch_approvals(self, endpoint_name: str) -> None:
        """Alarm when a model serves although none of its versions is approved."""
        self._alarm(
            "Unapproved",
            self._own("ModelsWithoutApprovedVersion", "EndpointName", endpoint_name, Duration.hours(2)),
            name=run_names.alarm(endpoint_name, run_names.UNAPPROVED),
            threshold=0,
            description="A model serves, but none of its versions is approved any more",
        )

    def watch_lost_triggers(self, endpoint_name: str, queue: sqs.IQueue) -> None:
        """Alarm when a trigger ended in the dead-letter queue, the dispatcher's own included."""
        self._alarm(
            "LostTriggers",
            queue.metric_approximate_number_of_messages_visible(period=Duration.minutes(5), statistic="Maximum"),
            name=f"{endpoint_name}-lost-triggers",
            threshold=0,
            description="A schedule, rule or dispatcher could not start what it should",
        )

    def watch_freshness(self, app: str) -> None:
        """Alarm when a model had no successful run for as long as its configuration says."""
        self._alarm(
            "Stale",
            self._own("StaleModels", "App", app, Duration.minutes(15)),
            name=f"{app}-stale-models",
            threshold=0,
            description="A model had no successful retraining for too many days",
        )

    def _own(self, name: str, dimension: str, value: str, period: Duration) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=METRIC_NAMESPACE,
            metric_name=name,
            dimensions_map={dimension: value},
            statistic="Maximum",
            period=period,
        )

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        *,
        name: str,
        threshold: float,
        description: str,
        datapoints: int | None = None,
        periods: int = 1,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            alarm_name=name,
            alarm_description=description,
            threshold=threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            datapoints_to_alarm=datapoints,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._topic))
        alarm.add_ok_action(actions.SnsAction(self._topic))
