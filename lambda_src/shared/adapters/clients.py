"""boto3's clients, each made once in an execution environment: to make one takes longer than most calls do."""

import threading
from typing import Any

import boto3
from botocore.config import Config

# A model that is not loaded yet may take the full minute that SageMaker waits for it, and six in all; until then the
# answer is ModelNotReadyException, which only the legacy mode repeats.
# https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html
_CONFIGS = {"sagemaker-runtime": Config(read_timeout=70, retries={"mode": "legacy", "total_max_attempts": 8})}


class Clients:
    """One client a service, made when it is first asked for; threads may share them.

    Args:
        session: whose credentials and region they have.
    """

    def __init__(self, session: boto3.Session) -> None:
        self._session = session
        self._made = dict[str, Any]()
        self._lock = threading.Lock()

    @property
    def cloudwatch(self) -> Any:
        """Metrics and alarms."""
        return self._client("cloudwatch")

    @property
    def dynamodb(self) -> Any:
        """The two tables."""
        return self._client("dynamodb")

    @property
    def s3(self) -> Any:
        """Objects."""
        return self._client("s3")

    @property
    def sagemaker(self) -> Any:
        """The registry, jobs and the endpoint."""
        return self._client("sagemaker")

    @property
    def sagemaker_runtime(self) -> Any:
        """What asks the endpoint; it is patient with a model that is being loaded."""
        return self._client("sagemaker-runtime")

    @property
    def stepfunctions(self) -> Any:
        """Executions."""
        return self._client("stepfunctions")

    def _client(self, service: str) -> Any:
        # Threads may use one client, but not make clients of one session at the same time:
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
        with self._lock:
            if service not in self._made:
                self._made[service] = self._session.client(service, config=_CONFIGS.get(service))  # type: ignore[call-overload]  # the service name is not a literal here
            return self._made[service]


_HERE = Clients(boto3.Session())


def here() -> Clients:
    """The clients of this execution environment, with the function's own credentials and region."""
    return _HERE
