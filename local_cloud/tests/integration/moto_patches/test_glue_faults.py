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
