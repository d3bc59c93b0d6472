"""The data of the example families, made by the programs that docs/families.md tells of."""

from dataclasses import dataclass
from pathlib import Path

from perennial.demo.family_questions import QUESTIONS, SCRIPT, TRANSFORMER
from perennial.demo.fleet import Fleet
from perennial.demo.program import run

_PROGRAMS = Path("examples") / "families"
# Where reviews.yaml says that the transformer lies.
_TRANSFORMER = "base-models/tiny/"
# The rows are in the order of their days: the share that is there from the beginning.
_EARLIER = 0.75


@dataclass(frozen=True, kw_only=True)
class Data:
    """Files on this machine.

    Args:
        files: raw data by model.
        earlier: the first part of one model's data, which comes in two.
        transformer: folder of the model that is fine-tuned.
    """

    files: dict[str, Path]
    earlier: Path
    transformer: Path

    @classmethod
    def make(cls, root: Path, folder: Path) -> "Data":
        """Run the programs.

        Args:
            root: the project's folder.
            folder: where to write.

        Raises:
            OperatorError: one of them failed.
        """
        run(str(_PROGRAMS / "data.py"), str(folder), root=root)
        files = {item.model: folder / item.model / f"{item.model}.csv" for item in QUESTIONS}
        transformer = folder / "transformer"
        run(str(_PROGRAMS / "tiny_transformer.py"), str(transformer), str(files[TRANSFORMER]), root=root)
        earlier = folder / "earlier" / files[SCRIPT].name
        earlier.parent.mkdir(exist_ok=True)
        earlier.write_text(earlier_part(files[SCRIPT].read_text(encoding="utf-8")), encoding="utf-8")
        return cls(files=files, earlier=earlier, transformer=transformer)

    def upload(self, fleet: Fleet) -> None:
        """Put the data where the models' ETL reads, of one model the first part, and the transformer beside."""
        for model, file in self.files.items():
            fleet.upload(self.earlier if model == SCRIPT else file, models=[model])
        account = fleet.training
        for file in sorted(self.transformer.iterdir()):
            account.aws.upload(file, bucket=account.stack.bucket, key=f"{_TRANSFORMER}{file.name}")

    def upload_rest(self, fleet: Fleet) -> None:
        """Put all data of that one model in place of its first part."""
        fleet.upload(self.files[SCRIPT], models=[SCRIPT])


def earlier_part(text: str) -> str:
    """The first rows of a CSV file, with its header."""
    header, *rows = text.splitlines(keepends=True)
    return header + "".join(rows[: int(len(rows) * _EARLIER)])
