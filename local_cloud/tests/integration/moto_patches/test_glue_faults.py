"""As test_faults.py, for Glue."""

from integration.moto_patches.probes import moto


def test_moto_still_hides_the_type_of_a_connection() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        with mock_aws():
            glue = boto3.client("glue", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            given = {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": {}}
            glue.create_connection(ConnectionInput=given)
            print(glue.get_connection(Name="c")["Connection"].get("ConnectionType"))
    """)

    assert said == "None"


def test_moto_still_forgets_a_job_for_another_of_its_name() -> None:
    said = moto("""
        import boto3
        from moto import mock_aws
        with mock_aws():
            glue = boto3.client("glue", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
            for role in ("one", "two"):
                glue.create_job(Name="j", Role=role, Command={"Name": "glueetl"})
            print(glue.get_job(JobName="j")["Job"]["Role"])
    """)

    assert said == "two"
