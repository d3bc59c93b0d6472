"""Pipelines that poll an object of S3, as those do whose source does not say otherwise.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.kernel.services import backends
from local_cloud.services.codepipeline.push_triggers import Start, Started, sources
from local_cloud.services.codepipeline.trigger import SourceOverride, Trigger

# Of a pipeline's source: account, region, pipeline, action.
_Key = tuple[str, str, str, str]


class Poller:
    """Knows which version of each object was seen last.

    Args:
        start: starts an execution.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._seen: dict[_Key, str] = {}

    def look(self) -> None:
        """Start the pipelines whose object has another version than before; one that is new starts by itself."""
        now = dict(_versions())
        for key, version in now.items():
            if key in self._seen and self._seen[key] != version:
                self._start(_started(key, version))
        self._seen = now


def _started(key: _Key, version: str) -> Started:
    account, region, pipeline, action = key
    return Started(
        account_id=account,
        region=region,
        pipeline=pipeline,
        trigger=Trigger(type="PollForSourceChanges", detail=action),
        overrides=(SourceOverride(action=action, type="S3_OBJECT_VERSION_ID", value=version),),
    )


def _versions() -> Iterator[tuple[_Key, str]]:
    for account, regions in list(dict.items(backends("codepipeline"))):
        for region, backend in list(dict.items(regions)):
            for found in list(backend.pipelines.values()):
                for action in sources(found.pipeline):
                    if version := _version(action):
                        yield (account, region, found.pipeline["name"], action["name"]), version


def _version(action: Mapping[str, Any]) -> str:
    """Of the object of a source that polls; empty for another one, and for an object that is not there."""
    given = action.get("configuration") or {}
    if action["actionTypeId"].get("provider") != "S3" or str(given.get("PollForSourceChanges", "")).lower() == "false":
        return ""
    all_of_s3 = backends("s3")
    partition, owner = all_of_s3.bucket_accounts.get(given.get("S3Bucket"), (None, None))
    bucket = all_of_s3[owner][partition].buckets.get(given.get("S3Bucket")) if owner else None
    key = bucket.keys.get(given.get("S3ObjectKey")) if bucket is not None else None
    return str(getattr(key, "version_id", None) or "")
