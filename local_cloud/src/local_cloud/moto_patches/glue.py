"""Faults of moto's Glue."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    connection_type()
    existing_jobs()
    indexes_of_missing_tables()


@patching.owner
def connection_type() -> None:
    """GetConnection answers without ConnectionType and MatchCriteria."""
    from moto.glue.models import FakeConnection

    as_dict = FakeConnection.as_dict

    def with_type(self: Any, hide_password: bool = False) -> dict[str, Any]:  # moto's signature
        given = {
            name: self.connection_input[name]
            for name in ("ConnectionType", "MatchCriteria")
            if name in self.connection_input
        }
        return {**as_dict(self, hide_password), **given}

    patching.replace(FakeConnection, "as_dict", with_type)


@patching.owner
def existing_jobs() -> None:
    """CreateJob of a name that exists forgets the job and its runs; AWS refuses."""
    from moto.glue.exceptions import AlreadyExistsException
    from moto.glue.models import GlueBackend

    create = GlueBackend.create_job

    def create_new(self: Any, name: str, *arguments: Any, **settings: Any) -> None:
        # AWS's code for another definition under the name may be IdempotentParameterMismatchException: its page lists
        # both, and not when.
        if name in self.jobs:
            raise AlreadyExistsException(f"Job {name}")
        create(self, name, *arguments, **settings)

    patching.replace(GlueBackend, "create_job", create_new)


@patching.owner
def indexes_of_missing_tables() -> None:
    """GetPartitionIndexes answers for a table that is not there."""
    from moto.glue.responses import GlueResponse

    answer = GlueResponse.get_partition_indexes

    def get_partition_indexes(self: Any) -> Any:
        self.glue_backend.get_table(self._get_param("DatabaseName"), self._get_param("TableName"))
        return answer(self)

    patching.replace(GlueResponse, "get_partition_indexes", get_partition_indexes)
