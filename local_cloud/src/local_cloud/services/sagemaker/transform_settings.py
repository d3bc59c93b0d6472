"""What a transform job is to do, told by its request, with AWS's defaults.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html (defaults, environment)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from local_cloud.services.sagemaker import transform_data, transform_paths
from local_cloud.services.sagemaker.transform_data import Processing
from local_cloud.services.sagemaker.transform_records import MEGABYTE, SplitType

# No container here tells its own at /execution-parameters; AWS asks for them before it takes its defaults.
_CONCURRENT, _MEGABYTES, _STRATEGY = 1, 6, "MultiRecord"
_TIMEOUT_SECONDS, _RETRIES = 600, 3
_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What of a request decides what is done with each object.

    Args:
        content_type: of requests to the model; empty for none.
        accept: of requests to the model; empty for none.
        gzip: objects are compressed.
        split_type: SplitType.
        strategy: BatchStrategy.
        megabytes: of a request at most; 0 for any number.
        concurrent: requests under way at most.
        timeout_seconds: for the answer to one request.
        retries: of a request that failed.
        by_line: each result ends with a line break.
        data: what is left out and joined.
    """

    content_type: str
    accept: str
    gzip: bool
    split_type: SplitType
    strategy: str
    megabytes: int
    concurrent: int
    timeout_seconds: int
    retries: int
    by_line: bool
    data: Processing

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Self:
        """Those of a request.

        Args:
            request: CreateTransformJob's input.

        Raises:
            PathError: a filter is no path.
        """
        given, output = request["TransformInput"], request["TransformOutput"]
        client, data = request.get("ModelClientConfig") or {}, request.get("DataProcessing") or {}
        content_type, accept = given.get("ContentType") or "", output.get("Accept") or ""
        megabytes = request.get("MaxPayloadInMB")
        retries = client.get("InvocationsMaxRetries")
        return cls(
            content_type=content_type,
            accept=accept,
            gzip=given.get("CompressionType") == "Gzip",
            split_type=given.get("SplitType") or "None",
            strategy=request.get("BatchStrategy") or _STRATEGY,
            megabytes=_MEGABYTES if megabytes is None else megabytes,
            concurrent=request.get("MaxConcurrentTransforms") or _CONCURRENT,
            timeout_seconds=client.get("InvocationsTimeoutInSeconds") or _TIMEOUT_SECONDS,
            retries=_RETRIES if retries is None else retries,
            by_line=output.get("AssembleWith") == "Line",
            data=Processing(
                input_filter=transform_paths.parse(data.get("InputFilter", transform_paths.ROOT)),
                output_filter=transform_paths.parse(data.get("OutputFilter", transform_paths.ROOT)),
                joins=data.get("JoinSource") == "Input",
                sent=transform_data.form_of(content_type),
                answered=transform_data.form_of(accept),
            ),
        )

    @property
    def most_bytes(self) -> int:
        """Of a request; 0 for any number."""
        return self.megabytes * MEGABYTE

    @property
    def single(self) -> bool:
        """Whether a request has one record only."""
        return self.strategy == "SingleRecord"

    @property
    def described(self) -> str:
        """As the job's log begins."""
        return (
            f"MaxConcurrentTransforms={self.concurrent}, MaxPayloadInMB={self.megabytes},"
            f" BatchStrategy={_STRATEGIES[self.strategy]}"
        )


def environment(request: Mapping[str, Any]) -> dict[str, str]:
    """What the job adds to the environment of the model's containers.

    Args:
        request: CreateTransformJob's input.
    """
    told = {"SAGEMAKER_BATCH": "true"}
    for member, name in (
        ("MaxPayloadInMB", "SAGEMAKER_MAX_PAYLOAD_IN_MB"),
        ("MaxConcurrentTransforms", "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"),
    ):
        if request.get(member) is not None:
            told[name] = str(request[member])
    if request.get("BatchStrategy"):
        told["SAGEMAKER_BATCH_STRATEGY"] = _STRATEGIES[request["BatchStrategy"]]
    return dict(request.get("Environment") or {}) | told
