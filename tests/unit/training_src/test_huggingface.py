"""What is fine-tuned on: labelled lines, and nothing that only looks like one."""

from pathlib import Path

import pytest

from training_src.huggingface import texts
from training_src.huggingface.texts import Example, LineError


@pytest.mark.parametrize(
    ("line", "label", "text"),
    [
        ("__label__positive  I like it", "positive", "I like it"),
        ("__label__4 so: __label__ is a word", "4", "so: __label__ is a word"),
        ('__label__a-b\t"quoted", with commas \r', "a-b", '"quoted", with commas'),
    ],
)
def test_a_line_is_a_label_and_a_text(line: str, label: str, text: str) -> None:
    assert texts.parse(line, "part-0 line 1") == Example(label=label, text=text)


@pytest.mark.parametrize(
    "line", ["I like it", "__label__", "__label__positive", "__label__positive   ", "label positive"]
)
def test_any_other_line_is_told_with_its_place(line: str) -> None:
    with pytest.raises(
        LineError, match=r"^part-0 line 7 is no labelled text: write it like '__label__positive  I like"
    ):
        texts.parse(line, "part-0 line 7")


def test_a_channel_is_read_file_by_file_and_must_not_be_empty(tmp_path: Path) -> None:
    (tmp_path / "part-1.txt").write_text("__label__b second\n", encoding="utf-8")
    (tmp_path / "part-0.txt").write_text("__label__a first\n\n", encoding="utf-8")
    assert [example.label for example in texts.read(str(tmp_path))] == ["a", "b"]
    for path in tmp_path.iterdir():
        path.write_text("\n", encoding="utf-8")
    with pytest.raises(LineError, match="there is no labelled text"):
        texts.read(str(tmp_path))
