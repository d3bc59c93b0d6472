"""What a training job's channels may ask for.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.services.sagemaker import s3_uri
from local_cloud.services.sagemaker.s3_uri import S3UriError

# Of the S3DataSource, and of the channel itself, the first being the default. A FastFile channel is to a container a
# folder of files, as a File channel is, and one instance gets all of the sharded objects.
_SOURCE: Mapping[str, Sequence[str]] = {
    "S3DataType": ("S3Prefix",),
    "S3DataDistributionType": ("FullyReplicated", "ShardedByS3Key"),
}
_CHANNEL: Mapping[str, Sequence[str]] = {
    "InputMode": ("File", "FastFile"),
    "CompressionType": ("None",),
    "RecordWrapperType": ("None",),
}
_LEFT_OUT = ("AttributeNames", "InstanceGroupNames", "ModelAccessConfig", "HubAccessConfig", "ShuffleConfig")


def check(
    channels: Sequence[Mapping[str, Any]], *, mode: str | None, not_emulated: Collection[str] = frozenset()
) -> None:
    """Refuse what AWS refuses, and what is not emulated.

    Args:
        channels: InputDataConfig.
        mode: TrainingInputMode of the algorithm, which channels without their own have.
        not_emulated: content types that the image's stand-in does not read.

    Raises:
        AWSValidationException: with the reason.
    """
    names = [channel["ChannelName"] for channel in channels]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AWSValidationException(f"the channels {twice} are there twice in InputDataConfig, name each once")
    if mode is not None and mode not in _CHANNEL["InputMode"]:
        raise _not_emulated(f"TrainingInputMode {mode!r}", f"choose one of {list(_CHANNEL['InputMode'])}")
    for number, channel in enumerate(channels, 1):
        _check(channel, number)
        if channel.get("ContentType") in not_emulated:
            raise _not_emulated(
                f"ContentType {channel['ContentType']!r} of channel {channel['ChannelName']!r}", "use another one"
            )


def input_data_config(channels: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """What the container finds in inputdataconfig.json; a channel without a content type has none there.

    Args:
        channels: InputDataConfig.
    """
    return {channel["ChannelName"]: _described(channel) for channel in channels}


def _described(channel: Mapping[str, Any]) -> dict[str, str]:
    described = {
        # FastFile too is File to a container.
        "TrainingInputMode": "File",
        "S3DistributionType": channel["DataSource"]["S3DataSource"].get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": "None",
    }
    return ({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}) | described


def _check(channel: Mapping[str, Any], number: int) -> None:
    name, sources = channel["ChannelName"], channel.get("DataSource") or {}
    source = sources.get("S3DataSource")
    if not source or set(sources) != {"S3DataSource"}:
        raise _not_emulated(f"DataSource {sorted(sources)} of channel {name!r}", "use S3DataSource")
    for members, allowed in ((source, _SOURCE), (channel, _CHANNEL)):
        for member, values in allowed.items():
            if (asked := members.get(member) or values[0]) not in values:
                raise _not_emulated(f"{member} {asked!r} of channel {name!r}", f"choose one of {list(values)}")
    for member in _LEFT_OUT:
        if source.get(member) or channel.get(member):
            raise _not_emulated(f"{member} of channel {name!r}", "leave it out")
    _check_uri(source["S3Uri"], number)


def _check_uri(uri: str, number: int) -> None:
    if "://" not in uri or uri.partition("://")[0] not in {"s3", "https"}:
        raise AWSValidationException(
            f"1 validation error detected: Value '{uri}' at 'inputDataConfig.{number}.member.dataSource.s3DataSource"
            f".s3Uri' failed to satisfy constraint: Member must satisfy regular expression pattern: {s3_uri.PATTERN}"
        )
    try:
        s3_uri.split(uri)
    except S3UriError as error:
        raise AWSValidationException(str(error)) from error


def _not_emulated(what: str, instead: str) -> AWSValidationException:
    return AWSValidationException(f"the local cloud does not emulate {what}: {instead}")
