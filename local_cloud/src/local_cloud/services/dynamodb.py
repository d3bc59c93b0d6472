"""DynamoDB: moto's, corrected."""

from typing import Any

from local_cloud.kernel import patching
from local_cloud.kernel.services import Service


@patching.owner
def _empty_reads() -> None:
    """It has no answer about streams into Kinesis and contributor insights, which no table here can have."""
    from moto.core.responses import ActionResult
    from moto.dynamodb.exceptions import ResourceNotFoundException
    from moto.dynamodb.responses import DynamoHandler

    def describe_kinesis_streaming_destination(self: Any) -> Any:
        table = self.dynamodb_backend.get_table(self.body["TableName"])
        return ActionResult({"TableName": table.name, "KinesisDataStreamDestinations": []})

    def describe_contributor_insights(self: Any) -> Any:
        table, index = self.dynamodb_backend.get_table(self.body["TableName"]), self.body.get("IndexName")
        if index and index not in [each.name for each in table.all_indexes()]:
            raise ResourceNotFoundException
        told = {"TableName": table.name, "ContributorInsightsRuleList": [], "ContributorInsightsStatus": "DISABLED"}
        return ActionResult(told | ({"IndexName": index} if index else {}))

    patching.replace(DynamoHandler, "describe_kinesis_streaming_destination", describe_kinesis_streaming_destination)
    patching.replace(DynamoHandler, "describe_contributor_insights", describe_contributor_insights)


def _patch() -> None:
    from local_cloud.moto_patches import dynamodb as patches
    from local_cloud.moto_patches import dynamodb_indexes, dynamodb_keys, dynamodb_time

    patches.install()
    dynamodb_time.install()
    _empty_reads()
    dynamodb_indexes.install()
    dynamodb_keys.install()


SERVICE = Service(name="dynamodb", backends=("dynamodb",), keeps=("dynamodb",), patch=_patch)
