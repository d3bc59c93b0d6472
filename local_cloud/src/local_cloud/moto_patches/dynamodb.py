"""Faults of moto's DynamoDB."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    unknown_indexes()


@patching.owner
def unknown_indexes() -> None:
    """A query of an index that the table has not is refused as if the table were missing."""
    from moto.dynamodb.exceptions import MockValidationException, ResourceNotFoundException
    from moto.dynamodb.models import DynamoDBBackend

    get_schema = DynamoDBBackend.get_schema

    def get_schema_of_an_index(self: Any, table_name: str, index_name: str | None) -> Any:
        self.get_table(table_name)
        try:
            return get_schema(self, table_name, index_name)
        except ResourceNotFoundException as error:
            raise MockValidationException(f"The table does not have the specified index: {index_name}") from error

    patching.replace(DynamoDBBackend, "get_schema", get_schema_of_an_index)
