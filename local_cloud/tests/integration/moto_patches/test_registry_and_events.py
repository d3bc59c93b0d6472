"""Faults of the model registry, event buses and function policies that unpatched moto still has."""

from integration.moto_patches.probes import SAGEMAKER, moto


def test_moto_still_empties_a_schedule_group_that_exists() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        with mock_aws():
            client = boto3.client("scheduler", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            client.create_schedule_group(Name="g")
            print(client.create_schedule_group(Name="g")["ScheduleGroupArn"].rpartition("/")[2])
    """)

    assert said == "g"


def test_moto_still_empties_a_group_that_exists() -> None:
    said = moto(
        SAGEMAKER
        + """
        for _ in range(2):
            client.create_model_package_group(ModelPackageGroupName="g")
        print("made twice")
"""
    )

    assert said == "made twice"


def test_moto_still_uses_a_version_again() -> None:
    said = moto(
        SAGEMAKER
        + """
        from moto.sagemaker.models import sagemaker_backends
        client.create_model_package_group(ModelPackageGroupName="g")
        arns = [client.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"] for _ in range(2)]
        del sagemaker_backends["123456789012"]["us-east-1"].model_packages[arns[0]]
        print(client.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"] == arns[1])
"""
    )

    assert said == "True"


def test_moto_still_has_versions_without_approval_status() -> None:
    said = moto(
        SAGEMAKER
        + """
        client.create_model_package_group(ModelPackageGroupName="g")
        arn = client.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]
        print("ModelApprovalStatus" in client.describe_model_package(ModelPackageName=arn))
"""
    )

    assert said == "False"


def test_moto_still_loses_statements_of_a_bus_policy() -> None:
    said = moto("""
        import json
        from moto.events.models import EventBus
        bus = EventBus("123456789012", "us-east-1", "default")
        statement = {"Effect": "Allow", "Principal": {"AWS": "arn:x"}, "Action": "events:PutEvents", "Resource": bus.arn}
        bus.add_policy({"Statement": [{**statement, "Sid": "a"}]})
        bus.add_policy({"Statement": [{**statement, "Sid": "b", "Principal": {"AWS": "arn:y"}}]})
        print([entry["Sid"] for entry in json.loads(bus.policy)["Statement"]])
    """)

    assert said == "['a', 'b']"


def test_moto_still_leaves_an_account_as_it_is_in_a_function_policy() -> None:
    said = moto("""
        from moto.awslambda.policy import Policy
        print(Policy(None).principal_formatter("123456789012"))
    """)

    assert said == "123456789012"


def test_moto_still_takes_everybody_for_an_account() -> None:
    said = moto("""
        import json
        from moto.events.models import events_backends
        backend = events_backends["123456789012"]["us-east-1"]
        backend.put_permission("default", "events:PutEvents", "*", "all", None, None)
        print(json.loads(backend.event_buses["default"].policy)["Statement"][0]["Principal"])
    """)

    assert said == "{'AWS': 'arn:aws:iam::*:root'}"


def test_moto_still_loses_the_other_statement_of_a_principal() -> None:
    said = moto("""
        import json
        from moto.events.models import events_backends
        backend = events_backends["123456789012"]["us-east-1"]
        for statement in ("a", "b"):
            backend.put_permission("default", "events:PutEvents", "111111111111", statement, None, None)
        print([entry["Sid"] for entry in json.loads(backend.event_buses["default"].policy)["Statement"]])
    """)

    assert said == "['b']"


def test_moto_still_gives_a_symmetric_key_a_public_half() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        with mock_aws():
            client = boto3.client("kms", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            key = client.create_key()["KeyMetadata"]["KeyId"]
            print("PublicKey" in client.get_public_key(KeyId=key))
    """)

    assert said == "True"


def test_moto_still_encrypts_with_a_disabled_key_and_does_not_disable_by_arn() -> None:
    said = moto("""
        import boto3
        from botocore.exceptions import ClientError
        from moto import mock_aws
        with mock_aws():
            client = boto3.client("kms", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            key = client.create_key()["KeyMetadata"]
            client.disable_key(KeyId=key["KeyId"])
            client.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
            try:
                client.enable_key(KeyId=key["Arn"])
            except KeyError:
                print("encrypted, not found")
    """)

    assert said == "encrypted, not found"


def test_moto_still_deletes_the_default_group_of_schedules() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        with mock_aws():
            client = boto3.client("scheduler", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            client.delete_schedule_group(Name="default")
            print(client.list_schedule_groups()["ScheduleGroups"])
    """)

    assert said == "[]"


def test_moto_still_makes_functions_of_any_name_and_code() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        with mock_aws(config={"iam": {"load_aws_managed_policies": False}}):
            iam = boto3.client("iam", **keys)
            role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            made = boto3.client("lambda", **keys).create_function(
                FunctionName="bad name!", Role=role, Runtime="python3.11", Handler="x.y", Code={"ZipFile": b"no archive"}
            )
            print(made["State"])
    """)

    assert said == "Active"
