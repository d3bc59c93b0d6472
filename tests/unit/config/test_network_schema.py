"""Networks and the permissions boundary in config/accounts.yaml, and every way in which they can be wrong."""

from typing import Any

import pytest
from pydantic import ValidationError

from config import loader
from config.accounts_schema import Accounts

PRIVATE: dict[str, Any] = {
    "type": "private",
    "cidr": "10.20.0.0/16",
    "availability_zones": ["us-east-1a", "us-east-1b"],
    "prefix_lists": {"s3": "pl-63a5400a", "dynamodb": "pl-02cd2c6b"},
}
SUBNETS = [
    {"id": "subnet-0a", "availability_zone": "us-east-1a"},
    {"id": "subnet-0b", "availability_zone": "us-east-1b"},
]
EXISTING: dict[str, Any] = {"type": "existing", "vpc_id": "vpc-0a", "subnets": SUBNETS, "security_group_id": "sg-0a"}
WAREHOUSE = {"engine": "redshift", "host": "h", "port": 5439, "database": "d", "secret_name": "s"}
PLACE = {"subnet_id": "subnet-0c", "security_group_id": "sg-0c", "availability_zone": "us-east-1a"}


def _accounts(network: Any = None, **more: Any) -> Accounts:
    given = loader.load().accounts.model_dump()
    given["environments"]["sandbox"]["network"] = network
    return Accounts.model_validate({**given, **more})


def test_without_a_word_there_is_no_network_and_no_boundary() -> None:
    accounts = loader.load().accounts
    assert accounts.permissions_boundary is None
    assert all(environment.network is None for environment in accounts.environments.values())


@pytest.mark.parametrize("network", [PRIVATE, EXISTING])
def test_a_network_tells_its_zones(network: dict[str, Any]) -> None:
    found = _accounts(network).environments["sandbox"].network
    assert found is not None
    assert found.zones == ("us-east-1a", "us-east-1b")


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"type": "public"}, "Input tag 'public' found"),
        ({**PRIVATE, "cidr": "10.20.0.0/8"}, "10.20.0.0/8 has host bits set; write an IPv4 block"),
        ({**PRIVATE, "cidr": "10.0.0.0/8"}, "a block of /16 to /24 is allowed, got /8"),
        ({**PRIVATE, "cidr": "10.0.0.0/25"}, "a block of /16 to /24 is allowed, got /25"),
        ({**PRIVATE, "cidr": "10.20"}, "write an IPv4 block such as 10.20.0.0/16"),
        ({**PRIVATE, "availability_zones": ["us-east-1a"]}, "at least 2 items"),
        ({**PRIVATE, "availability_zones": ["us-east-1a", "us-east-1a"]}, "availability zones must differ"),
        ({**PRIVATE, "availability_zones": ["us-east-1", "us-east-1b"]}, "String should match pattern"),
        ({**PRIVATE, "availability_zones": ["us-east-1a", "us-west-2b"]}, "must lie in us-east-1, got ['us-west-2b']"),
        ({**PRIVATE, "prefix_lists": {"s3": "pl-63a5400a"}}, "prefix_lists.dynamodb"),
        ({**PRIVATE, "prefix_lists": {"s3": "com.amazonaws.us-east-1.s3", "dynamodb": "pl-0"}}, "prefix_lists.s3"),
        ({**PRIVATE, "nat_gateways": 1}, "Extra inputs are not permitted"),
        ({**EXISTING, "vpc_id": "0a"}, "vpc_id"),
        ({**EXISTING, "subnets": SUBNETS[:1]}, "at least 2 items"),
        ({**EXISTING, "subnets": [SUBNETS[0], {**SUBNETS[0], "id": "subnet-0c"}]}, "at least 2 availability zones"),
        ({**EXISTING, "subnets": [SUBNETS[0], {**SUBNETS[1], "id": "subnet-xyz"}]}, "subnets.1.id"),
        ({**EXISTING, "security_group_id": "default"}, "security_group_id"),
    ],
)
def test_a_wrong_network_is_told(network: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        _accounts(network)
    assert said in str(raised.value)


def test_extracts_must_not_leave_the_network() -> None:
    # Glue would run them in a network of its own, with a way to the internet.
    with pytest.raises(ValidationError, match=r"warehouses.sales: set its network"):
        _accounts(PRIVATE, warehouses={"sales": WAREHOUSE})
    assert _accounts(PRIVATE, warehouses={"sales": {**WAREHOUSE, "network": PLACE}})


@pytest.mark.parametrize("name", ["developers", "boundaries/developers", "team/ml/b+=,.@_-"])
def test_a_boundary_is_the_name_of_a_policy(name: str) -> None:
    assert _accounts(permissions_boundary=name).permissions_boundary == name


@pytest.mark.parametrize(
    "name", ["", "/developers", "developers/", "a b", "a" * 129, "arn:aws:iam::111111111111:policy/developers"]
)
def test_anything_else_is_no_boundary(name: str) -> None:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html
    with pytest.raises(ValidationError, match="permissions_boundary"):
        _accounts(permissions_boundary=name)
