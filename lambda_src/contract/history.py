"""Rows of the history table: their kinds, their keys, and whose a row of before is.

docs/architecture.md lists the columns of each kind.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a row tells of.

    A row's partition key is its kind and its subject, a model or an endpoint; its sort key begins with a time.
    """

    TUNING = "tuning"
    EVALUATION = "evaluation"
    # What the gate said of a candidate, and what a person said of a version.
    DECISION = "decision"
    APPROVAL = "approval"
    DEPLOYMENT = "deployment"
    FAILURE = "failure"
    # Files that a model answered by its schedule, or failed to.
    TRANSFORM = "transform"

    def of(self, subject: str) -> str:
        """Partition key of the rows of one model or endpoint."""
        return f"{self}#{subject}"

    def jsonata(self, subject: str) -> str:
        """The same in a state machine.

        Args:
            subject: JSONata, without its braces, for the name of the model or endpoint.
        """
        return f"{{% '{self}#' & {subject} %}}"


def kind(row: Mapping[str, Any]) -> Kind:
    """Kind of a row, whichever version of the app wrote it.

    Before they were a kind of their own, people's decisions lay among the gate's, which nobody signs; rows stay as they
    were written, so this is where they are told apart.
    """
    written = Kind(row["pk"].partition("#")[0])
    return Kind.APPROVAL if written is Kind.DECISION and "by" in row else written
