"""Faults of moto's CloudWatch."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from local_cloud.kernel import patching, runtime
from local_cloud.kernel.errors import NotEmulatedError

# How old a start may be, and to how many minutes it is rounded down then; an older one to the hour.
_ROUNDING = ((timedelta(days=15), 1), (timedelta(days=63), 5))
_HOUR_MINUTES = 60


def install() -> None:
    """Correct all of them."""
    initial_state()
    combined_filters()
    whole_dimensions()
    rounded_starts()
    percentiles()


@patching.owner
def initial_state() -> None:
    """A new alarm is OK, and changing one resets its state; AWS starts with INSUFFICIENT_DATA and keeps the state."""
    from moto.cloudwatch.models import CloudWatchBackend

    put = CloudWatchBackend.put_metric_alarm
    kept = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history")

    def put_metric_alarm(self: Any, name: str, *rest: Any, **named: Any) -> Any:
        before = self.alarms.get(name)
        alarm = put(self, name, *rest, **named)
        if before is None:
            alarm.state_value = "INSUFFICIENT_DATA"
        else:
            for attribute in kept:
                setattr(alarm, attribute, getattr(before, attribute))
        return alarm

    patching.replace(CloudWatchBackend, "put_metric_alarm", put_metric_alarm)


@patching.owner
def combined_filters() -> None:
    """DescribeAlarms follows only one of its filters, so that a prefix makes it forget the state; AWS takes all."""
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult

    def describe_alarms(self: Any) -> Any:
        names, prefix = self._get_param("AlarmNames", []), self._get_param("AlarmNamePrefix") or ""
        state, action = self._get_param("StateValue"), self._get_param("ActionPrefix") or ""
        found = [
            alarm
            for alarm in list(self.cloudwatch_backend.alarms.values())
            if alarm.name.startswith(prefix)
            and (not names or alarm.name in names)
            and (not state or alarm.state_value == state)
            and (not action or any(arn.startswith(action) for arn in alarm.alarm_actions))
        ]
        return ActionResult({"MetricAlarms": found, "CompositeAlarms": []})

    patching.replace(CloudWatchResponse, "describe_alarms", describe_alarms)


@patching.owner
def whole_dimensions() -> None:
    """GetMetricStatistics adds metrics that have more dimensions than it was asked for; AWS takes them apart."""
    from moto.cloudwatch.models import CloudWatchBackend

    get = CloudWatchBackend.get_metric_statistics

    def get_metric_statistics(self: Any, *positional: Any, dimensions: Any, **named: Any) -> Any:
        wanted = {item["Name"]: item["Value"] for item in dimensions or ()}
        of_metric = [
            datum for datum in self.get_all_metrics() if {item.name: item.value for item in datum.dimensions} == wanted
        ]
        # All that the original looks at.
        seen = SimpleNamespace(get_all_metrics=lambda: of_metric)
        return get(seen, *positional, dimensions=dimensions, **named)

    patching.replace(CloudWatchBackend, "get_metric_statistics", get_metric_statistics)


@patching.owner
def rounded_starts() -> None:
    """GetMetricStatistics and GetMetricData leave out the minute that StartTime falls into; AWS rounds it down."""
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
    from moto.cloudwatch.models import CloudWatchBackend

    statistics, data = CloudWatchBackend.get_metric_statistics, CloudWatchBackend.get_metric_data

    def get_metric_statistics(self: Any, namespace: str, name: str, start: datetime, *rest: Any, **named: Any) -> Any:
        return statistics(self, namespace, name, rounded_down(start), *rest, **named)

    def get_metric_data(self: Any, queries: Any, start_time: datetime, *rest: Any, **named: Any) -> Any:
        return data(self, queries, rounded_down(start_time), *rest, **named)

    patching.replace(
        CloudWatchBackend,
        "get_metric_statistics",
        get_metric_statistics,
        after="moto_patches.cloudwatch.whole_dimensions",
    )
    patching.replace(CloudWatchBackend, "get_metric_data", get_metric_data)


def rounded_down(start: datetime) -> datetime:
    """A start as AWS takes it: the older it is, the coarser."""
    age = runtime.current().clock.now() - (start if start.tzinfo else start.replace(tzinfo=UTC))
    minutes = next((minutes for limit, minutes in _ROUNDING if age < limit), _HOUR_MINUTES)
    return start.replace(minute=start.minute - start.minute % minutes, second=0, microsecond=0)


@patching.owner
def percentiles() -> None:
    """GetMetricStatistics and GetMetricData have no value for percentiles, and tell nobody."""
    from moto.cloudwatch.exceptions import InvalidParameterValue
    from moto.cloudwatch.models import Statistics
    from moto.cloudwatch.responses import CloudWatchResponse

    from local_cloud.services.cloudwatch import datapoints

    get, of_type = CloudWatchResponse.get_metric_statistics, Statistics.get_statistics_for_type

    def get_metric_statistics(self: Any) -> Any:
        wanted = self._get_param("ExtendedStatistics") or []
        if strange := [each for each in wanted if not datapoints.PERCENTILE.fullmatch(each)]:
            raise NotEmulatedError(
                f"the local cloud does not emulate the extended statistic {strange[0]}; ask for percentiles, as p99"
            )
        for name in self._get_param("Statistics") or []:
            if name not in datapoints.STATISTICS:
                raise InvalidParameterValue(
                    f"The parameter Statistics has {name}, one of {', '.join(datapoints.STATISTICS)} is allowed."
                )
        answer = get(self)
        for point in answer.result["Datapoints"] if wanted else ():
            point.extended_statistics = {each: datapoints.value_of(point.metric_data, each) for each in wanted}
        return answer

    def get_statistics_for_type(self: Any, stat: str) -> Any:
        if datapoints.PERCENTILE.fullmatch(stat):
            return datapoints.value_of(self.metric_data, stat)
        if stat not in datapoints.STATISTICS:
            raise NotEmulatedError(
                f"the local cloud does not emulate the statistic {stat}; choose one of "
                f"{', '.join(datapoints.STATISTICS)} or a percentile, as p99"
            )
        return of_type(self, stat)

    patching.replace(CloudWatchResponse, "get_metric_statistics", get_metric_statistics)
    patching.replace(Statistics, "get_statistics_for_type", get_statistics_for_type)
