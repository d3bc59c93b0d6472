"""Faults of moto's CloudWatch Logs."""

import functools
import json
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    filter_patterns()
    streams_by_prefix()
    groups_by_identifier()
    ends_of_ranges()
    filters_of_missing_groups()
    keys()


@patching.owner
def filter_patterns() -> None:
    """FilterLogEvents selects every event for patterns that are not a few words; AWS has a language of them."""
    from moto.logs import models
    from moto.logs.exceptions import InvalidParameterException

    from local_cloud.services.logs import filter_patterns as patterns
    from local_cloud.services.logs.operands import PatternError

    class Filter:
        """Takes the place of moto's, which is made anew for each event."""

        def __init__(self, pattern: str | None) -> None:
            self._matches = compiled(pattern or "")

        def matches(self, message: str) -> bool:
            return self._matches(message)

    @functools.lru_cache(maxsize=64)
    def compiled(pattern: str) -> patterns.Matcher:
        try:
            return patterns.compiled(pattern)
        except PatternError as error:
            raise InvalidParameterException(str(error)) from error

    patching.replace(models, "EventMessageFilter", Filter)


@patching.owner
def streams_by_prefix() -> None:
    """FilterLogEvents ignores logStreamNamePrefix, logGroupIdentifier and missing streams, and goes stream by stream.

    AWS has told events in the order of their time since 2019, whatever ``interleaved`` says.
    Reference: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
    """
    from moto.logs import models
    from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
    from moto.logs.responses import LogsResponse

    def filter_log_events(self: Any) -> str:
        group = self.logs_backend._find_log_group(
            log_group_id=self._get_param("logGroupIdentifier"), log_group_name=self._get_param("logGroupName")
        )
        names, prefix = self._get_param("logStreamNames"), self._get_param("logStreamNamePrefix")
        limit = self._get_param("limit")
        if names and prefix:
            raise InvalidParameterException(
                "logStreamNames and logStreamNamePrefix cannot be given together; leave one out."
            )
        if limit is not None and not 1 <= limit <= _MOST_EVENTS:
            raise InvalidParameterException(
                f"limit is {limit}, from 1 to {_MOST_EVENTS} are allowed; choose one of those."
            )
        if any(name not in group.streams for name in names or ()):
            raise ResourceNotFoundException("The specified log stream does not exist.")
        # Where no event is, nobody else looks at the pattern.
        models.EventMessageFilter(self._get_param("filterPattern"))
        chosen = names or [name for name in group.streams if name.startswith(prefix or "")]
        # To moto no names are all.
        events, token, searched = group.filter_log_events(
            group.name,
            log_stream_names=chosen or [None],
            start_time=self._get_param("startTime"),
            end_time=self._get_param("endTime"),
            limit=limit,
            next_token=self._get_param("nextToken"),
            filter_pattern=self._get_param("filterPattern"),
            interleaved=True,
        )
        return json.dumps({"events": events, "nextToken": token, "searchedLogStreams": searched})

    patching.replace(LogsResponse, "filter_log_events", filter_log_events)


_MOST_EVENTS = 10_000


@patching.owner
def groups_by_identifier() -> None:
    """A group that is named by logGroupIdentifier is any group, whatever the identifier says."""
    from moto.logs.models import LogsBackend

    find = LogsBackend._find_log_group

    def find_group(self: Any, log_group_id: str | None = None, log_group_name: str | None = None) -> Any:
        if log_group_id and not log_group_name:
            # A name or an ARN, which ends with `:*` where DescribeLogGroups tells it.
            log_group_name = log_group_id.removesuffix(":*").rpartition(":log-group:")[2]
            log_group_id = None
        return find(self, log_group_id=log_group_id, log_group_name=log_group_name)

    patching.replace(LogsBackend, "_find_log_group", find_group)


@patching.owner
def ends_of_ranges() -> None:
    """GetLogEvents gives events of its endTime too, and a missing stream is told as a missing group.

    Reference: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
    """
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.models import LogGroup

    get = LogGroup.get_log_events

    def get_log_events(self: Any, name: str, start_time: Any, end_time: int | None, *rest: Any) -> Any:
        if name not in self.streams:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        # To moto the end belongs to the range, and 0 is none.
        end = None if end_time is None else end_time - 1 or -1
        return get(self, name, start_time, end, *rest)

    patching.replace(LogGroup, "get_log_events", get_log_events)


@patching.owner
def filters_of_missing_groups() -> None:
    """DescribeMetricFilters answers for a group that is not there."""
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.models import LogsBackend

    describe = LogsBackend.describe_metric_filters

    def describe_metric_filters(self: Any, prefix: Any = None, log_group_name: Any = None, *rest: Any) -> Any:
        if log_group_name and log_group_name not in self.groups:
            raise ResourceNotFoundException
        return describe(self, prefix, log_group_name, *rest)

    patching.replace(LogsBackend, "describe_metric_filters", describe_metric_filters)


@patching.owner
def keys() -> None:
    """Groups are made, written and read with a key that is disabled, waits for its deletion or is not there.

    AWS refuses to make such a group by InvalidParameterException:
    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html. It says that events of
    a group cannot be read then, not by which error, nor what becomes of new ones; here all end alike, which is not
    verified: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    from moto.logs.exceptions import InvalidParameterException
    from moto.logs.models import LogGroup, LogsBackend

    from local_cloud.services import kms

    def check(key_id: str | None, account_id: str, region: str) -> None:
        if key_id and (found := kms.unusable(key_id, account_id=account_id, region=region)):
            raise InvalidParameterException(kms.as_passed_on(*found))

    make = LogsBackend.create_log_group

    def create_log_group(self: Any, *positional: Any, **named: Any) -> Any:
        check(named.get("kmsKeyId"), self.account_id, self.region_name)
        return make(self, *positional, **named)

    def using(name: str, after: str | None = None) -> None:
        method = getattr(LogGroup, name)

        def use(self: Any, *positional: Any, **named: Any) -> Any:
            check(self.kms_key_id, self.account_id, self.region)
            return method(self, *positional, **named)

        patching.replace(LogGroup, name, use, after=after)

    patching.replace(LogsBackend, "create_log_group", create_log_group)
    using("put_log_events")
    using("get_log_events", after="moto_patches.logs.ends_of_ranges")
    using("filter_log_events")
