"""Faults of IAM and Lambda in networks and boundaries that unpatched moto still has."""

from integration.moto_patches.probes import moto

_IAM = """
    import boto3
    from moto import mock_aws

    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    with mock_aws():
        client = boto3.client("iam", **keys)
"""


def test_moto_still_takes_a_boundary_that_does_not_exist() -> None:
    said = moto(
        _IAM
        + """
        client.create_role(
            RoleName="r", AssumeRolePolicyDocument="{}", PermissionsBoundary="arn:aws:iam::123456789012:policy/nowhere"
        )
        print("made")
"""
    )

    assert said == "made"


def test_moto_still_deletes_a_boundary_in_use() -> None:
    said = moto(
        _IAM
        + """
        document = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
        arn = client.create_policy(PolicyName="b", PolicyDocument=document)["Policy"]["Arn"]
        client.create_role(RoleName="r", AssumeRolePolicyDocument="{}", PermissionsBoundary=arn)
        client.delete_policy(PolicyArn=arn)
        print("deleted")
"""
    )

    assert said == "deleted"


def test_moto_still_reads_aws_policies_once_an_account() -> None:
    said = moto("""
        import os
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
        from moto.iam import models

        read, times = models.json.loads, []
        models.json.loads = lambda text: times.append(1) or read(text)
        for account_id in ("111111111111", "222222222222"):
            models.IAMBackend("aws", account_id)
        print(len(times))
    """)

    assert said == "2"


def test_moto_still_invents_the_network_of_a_function() -> None:
    said = moto("""
        import boto3, io, zipfile
        from moto import mock_aws

        keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            archive.writestr("index.py", "")
        with mock_aws(config={"lambda": {"use_docker": False}}):
            role = boto3.client("iam", **keys).create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            made = boto3.client("lambda", **keys).create_function(
                FunctionName="f", Runtime="python3.13", Handler="index.f", Role=role, Code={"ZipFile": body.getvalue()},
                VpcConfig={"SubnetIds": ["subnet-0"], "SecurityGroupIds": ["sg-0"]},
            )
        print(made["VpcConfig"]["VpcId"])
    """)

    assert said == "vpc-123abc"
