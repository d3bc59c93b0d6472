"""What a training job's channels must be, and what its container is told of them.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.containers.sagemaker.image import Image
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker import s3_uri
from local_cloud.services.sagemaker.s3_uri import S3UriError

_PIPE = "Pipe"


def check(
    channels: Sequence[Mapping[str, Any]],
    *,
    image: Image | None = None,
    mode: str | None = None,
) -> None:
    """Refuse what AWS refuses, and what the image does not read.

    Args:
        channels: InputDataConfig.
        image: of the job; None for one that reads whatever there is.
        mode: TrainingInputMode.

    Raises:
        AWSValidationException: AWS refuses it.
        NotEmulatedError: it is not read here.
    """
    names = [channel["ChannelName"] for channel in channels]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AWSValidationException(f"the channels {twice} are there twice in InputDataConfig, name each once")
    for number, channel in enumerate(channels, 1):
        _check(channel, number)
        _check_mode(channel, mode)
        if image:
            _check_read(channel, image, mode)


def _check_read(channel: Mapping[str, Any], image: Image, mode: str | None) -> None:
    name = channel["ChannelName"]
    if channel.get("ContentType") in image.not_emulated:
        raise NotEmulatedError(
            f"the local cloud does not emulate ContentType {channel['ContentType']!r} of channel {name!r}: use another"
            " one"
        )
    if is_pipe(channel, mode) and not image.reads_pipes:
        raise NotEmulatedError(
            f"the local cloud's image {image.name!r} reads no pipes, which InputMode Pipe of channel {name!r} asks for:"
            " use File"
        )


def _check_mode(channel: Mapping[str, Any], mode: str | None) -> None:
    """Refuse what AWS documents of the modes; in which words it does is not public."""
    name, is_fast = channel["ChannelName"], (channel.get("InputMode") or mode) == "FastFile"
    if is_fast and channel["DataSource"]["S3DataSource"]["S3DataType"] != "S3Prefix":
        raise AWSValidationException(f"Channel {name!r}: InputMode FastFile takes S3DataType S3Prefix only")
    if is_pipe(channel, mode):
        return
    for member in ("CompressionType", "RecordWrapperType"):
        if (value := channel.get(member) or "None") != "None":
            raise AWSValidationException(
                f"Channel {name!r}: {member} is {value}, which only InputMode Pipe takes; leave it out"
            )


def input_data_config(channels: Sequence[Mapping[str, Any]], *, mode: str = "File") -> dict[str, dict[str, str]]:
    """What the container finds in inputdataconfig.json; a channel without a content type has none there.

    Args:
        channels: InputDataConfig.
        mode: TrainingInputMode.
    """
    return {channel["ChannelName"]: _described(channel, mode) for channel in channels}


def is_pipe(channel: Mapping[str, Any], mode: str | None) -> bool:
    """Whether a channel is a pipe.

    Args:
        channel: an item of InputDataConfig.
        mode: TrainingInputMode, which the channel may override.
    """
    return (channel.get("InputMode") or mode) == _PIPE


def _described(channel: Mapping[str, Any], mode: str) -> dict[str, str]:
    described = {
        # FastFile too is File to a container: both are folders of files.
        "TrainingInputMode": _PIPE if is_pipe(channel, mode) else "File",
        "S3DistributionType": channel["DataSource"]["S3DataSource"].get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType") or "None",
    }
    return ({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}) | described


def _check(channel: Mapping[str, Any], number: int) -> None:
    source = (channel.get("DataSource") or {}).get("S3DataSource")
    if not source:
        raise AWSValidationException(f"DataSource of channel {channel['ChannelName']!r} is empty, name an S3DataSource")
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
