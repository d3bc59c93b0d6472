"""Faults of moto's Glue."""

from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    connection_type()


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
