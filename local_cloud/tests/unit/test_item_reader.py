"""What a line is in a file of JSON Lines: https://jsonlines.org/, "the line separator is '\\n'"."""

import json

import pytest

from local_cloud.services.step_functions import item_reader


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\u0085"])
def test_a_text_may_have_what_python_takes_for_the_end_of_a_line(inside: str) -> None:
    text = json.dumps({"a": f"x{inside}y"}, ensure_ascii=False)
    assert item_reader._FORMATS["JSONL"](f"{text}\n", {}) == [{"a": f"x{inside}y"}]


def test_lines_may_end_as_on_windows_and_be_empty() -> None:
    assert item_reader._FORMATS["JSONL"]('{"a":1}\r\n\r\n{"a":2}\r\n', {}) == [{"a": 1}, {"a": 2}]
