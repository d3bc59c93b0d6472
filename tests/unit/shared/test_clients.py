"""Clients are made once, when they are asked for, by whoever asks first."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from shared.adapters import clients
from shared.adapters.clients import Clients

_THREADS = 8


class _Session(boto3.Session):
    """Counts what is made, and tells if two are made at the same time."""

    def __init__(self) -> None:
        super().__init__("x", "x", region_name="eu-west-1")
        self.made = Counter[str]()
        self.overlaps = 0
        self._making = threading.Lock()

    def client(self, service_name: str, *arguments: Any, **options: Any) -> Any:
        alone = self._making.acquire(blocking=False)
        self.overlaps += not alone
        try:
            self.made[service_name] += 1
            return super().client(service_name, *arguments, **options)  # type: ignore[call-overload]  # any service
        finally:
            if alone:
                self._making.release()


@pytest.fixture
def session() -> _Session:
    return _Session()


def test_a_service_that_nobody_asks_for_gets_no_client(session: _Session) -> None:
    aws = Clients(session)
    assert not session.made
    assert aws.s3 is aws.s3
    assert session.made == {"s3": 1}


def test_threads_that_ask_at_once_share_one_client_a_service(session: _Session) -> None:
    aws, start = Clients(session), threading.Barrier(_THREADS)

    def ask(number: int) -> Any:
        start.wait()
        return aws.s3 if number % 2 else aws.dynamodb

    with ThreadPoolExecutor(max_workers=_THREADS) as pool:
        found = list(pool.map(ask, range(_THREADS)))
    assert len({id(client) for client in found}) == 2
    assert session.made == {"s3": 1, "dynamodb": 1}
    # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
    assert session.overlaps == 0


# Names of boto3's clients: https://boto3.amazonaws.com/v1/documentation/api/latest/reference/services/index.html
@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("cloudwatch", "cloudwatch"),
        ("dynamodb", "dynamodb"),
        ("s3", "s3"),
        ("sagemaker", "sagemaker"),
        ("sagemaker_runtime", "sagemaker-runtime"),
        ("stepfunctions", "stepfunctions"),
    ],
)
def test_a_client_is_of_its_service_and_of_the_region(name: str, service: str, session: _Session) -> None:
    client = getattr(Clients(session), name)
    assert session.made == {service: 1}
    assert client.meta.region_name == "eu-west-1"


def test_every_handler_of_an_environment_gets_the_same_clients() -> None:
    assert clients.here() is clients.here()
