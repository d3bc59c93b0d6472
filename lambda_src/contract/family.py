"""What an account that serves must know of an algorithm: the catalogue has it of each model, a plan and a manifest too.

It travels as data, and whoever asks an endpoint reads it from the manifest of what serves.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.record import Record


@dataclass(frozen=True, kw_only=True)
class Artifact(Record):
    """What an archive of the family holds.

    Args:
        file: its only member; empty for a family whose archives hold several, code among them.
        begins_with: first bytes of that member's content, in hex.
        most_bytes: what the archive may unpack to.
        holds: members that an archive of several must have.
    """

    file: str = ""
    begins_with: str = ""
    most_bytes: int
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Family(Record):
    """How versions of an algorithm are served.

    Args:
        name: of the algorithm, as versions are registered with it.
        title: how messages call it.
        shares_endpoint: whether several models lie behind one endpoint, so that a request names its own.
        content_type: of a request.
        accept: content type of the answer.
        answer: JSON pointer to what is compared of an answer; empty for the whole of it.
        tolerance: by how much, relative or absolute, a number of an answer may differ from that of the evaluation.
        artifact: what an archive holds.
        image: URI of the container that serves, in the region of the account; empty in what was written before there
            were several.
        environment: variables of that container.
    """

    name: str
    title: str
    shares_endpoint: bool
    content_type: str
    accept: str
    answer: str = ""
    tolerance: float
    artifact: Artifact
    image: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def request(self, *, target_model: str, body: str) -> Mapping[str, str]:
        """InvokeEndpoint without the endpoint's name.

        Args:
            target_model: see `contract.manifest`.
            body: in the family's content type.
        """
        target = {"TargetModel": target_model} if self.shares_endpoint else {}
        return {**target, "ContentType": self.content_type, "Accept": self.accept, "Body": body}


# What all versions were before they, their manifests and the runs that are under way said so; it never changes.
BEFORE = Family(
    name="xgboost",
    title="built-in XGBoost",
    shares_endpoint=True,
    content_type="text/csv",
    accept="text/csv",
    answer="",
    tolerance=1e-5,
    artifact=Artifact(file="xgboost-model", begins_with="7b", most_bytes=512 * 1024**2),
)
