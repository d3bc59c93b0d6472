"""What a transform job leaves out of its records, and joins with what the model answers.

What is not public is chosen here: JSON is written without blanks, in the order of its members; what a filter leaves of
a row of CSV is quoted again only where it must be; lines that are neither joined nor filtered stay as they are.

References:
    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataProcessing.html
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker.transform_paths import Path

Form = Literal["csv", "json", "jsonlines"]
FORMS: dict[str, Form] = {"text/csv": "csv", "application/json": "json", "application/jsonlines": "jsonlines"}
T = TypeVar("T")
_OUTPUT, _INPUT = "SageMakerOutput", "SageMakerInput"


class DataError(LocalCloudError):
    """A record, or an answer, is not what its content type says."""


def form_of(content_type: str) -> Form | None:
    """How a content type is filtered and joined, which may have parameters; None if it cannot be."""
    return FORMS.get(content_type.partition(";")[0].strip().lower())


@dataclass(frozen=True, kw_only=True)
class Processing:
    """DataProcessing, with all that it depends on.

    Args:
        input_filter: InputFilter.
        output_filter: OutputFilter.
        joins: whether JoinSource is Input.
        sent: form of the records; None if it is no form that can be filtered.
        answered: form of the answers, as well.
    """

    input_filter: Path
    output_filter: Path
    joins: bool
    sent: Form | None
    answered: Form | None

    def request(self, record: bytes) -> bytes:
        """What is sent of a record.

        Raises:
            DataError: it is not in its form.
            SelectionError: it does not have what the filter names.
        """
        if self.input_filter.is_root:
            return record
        if self.sent == "csv":
            return _line(self.input_filter.cells(_cells(record)))
        if self.sent == "jsonlines":
            return b"".join(self._document(line) + b"\n" for line in record.splitlines())
        return self._document(record) + (b"\n" if record.endswith(b"\n") else b"")

    def result(self, records: Sequence[bytes], answer: bytes) -> bytes:
        """What is kept of an answer.

        Args:
            records: those of the request, before their filter.
            answer: the model's.

        Raises:
            DataError: it is not in its form, or cannot be joined.
            SelectionError: it does not have what the filter names.
        """
        if not self.joins and self.output_filter.is_root:
            return answer
        if self.answered == "csv":
            return b"".join(_line(self.output_filter.cells(row)) for row in self._rows(records, answer))
        ends = b"" if self._is_one(records) else b"\n"
        return b"".join(_dump(self.output_filter.select(item)) + ends for item in self._documents(records, answer))

    def _document(self, record: bytes) -> bytes:
        return _dump(self.input_filter.select(_load(record)))

    def _rows(self, records: Sequence[bytes], answer: bytes) -> list[list[str]]:
        lines = answer.splitlines()
        if not self.joins:
            return [_cells(line) for line in lines]
        return [_cells(record) + _cells(line) for record, line in _paired(records, lines)]

    def _documents(self, records: Sequence[bytes], answer: bytes) -> list[Any]:
        answers = [_load(item) for item in ([answer] if self._is_one(records) else answer.splitlines())]
        if not self.joins:
            return answers
        if self.sent == "jsonlines":
            # One that is not split is still a line for each answer.
            records = [line for record in records for line in record.splitlines()]
        return [_joined(_load(record), item) for record, item in _paired(records, answers)]

    def _is_one(self, records: Sequence[bytes]) -> bool:
        """Whether an answer is one document: an answer in JSON always is, but where several records need one each."""
        return self.answered == "json" and (not self.joins or len(records) == 1)


def _paired(records: Sequence[bytes], answers: Sequence[T]) -> list[tuple[bytes, T]]:
    if len(records) != len(answers):
        raise DataError(
            "Fail to join data: mismatched line count between the input and the output:"
            f" {len(records)} records, {len(answers)} answers"
        )
    return list(zip(records, answers, strict=True))


def _joined(record: Any, answer: Any) -> dict[str, Any]:
    return {**(record if isinstance(record, dict) else {_INPUT: record}), _OUTPUT: answer}


def _cells(line: bytes) -> list[str]:
    """The cells of one row, by RFC 4180 but without line breaks in a cell."""
    try:
        rows = list(csv.reader([line.decode("utf-8").rstrip("\r\n")], strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"Failed to parse {_shown(line)} as CSV: {error}") from error
    return rows[0] if rows else []


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


def _load(document: bytes) -> Any:
    try:
        return json.loads(document, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise DataError(f"Failed to parse {_shown(document)} as JSON: {error}") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _dump(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half a pair of surrogates, which JSON can only escape.
        return json.dumps(value, separators=(",", ":")).encode()


def _shown(content: bytes) -> str:
    return repr(content[:100].decode("utf-8", errors="replace"))
