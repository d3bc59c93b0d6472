"""The examples of https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html"""

from collections.abc import Sequence

import pytest

from local_cloud.services.sagemaker import transform_data, transform_paths
from local_cloud.services.sagemaker.transform_data import DataError, Form, Processing
from local_cloud.services.sagemaker.transform_paths import SelectionError


def _processing(
    form: Form | None, *, sends: str = "$", joins: bool = False, keeps: str = "$", answered: Form | None = None
) -> Processing:
    return Processing(
        input_filter=transform_paths.parse(sends),
        output_filter=transform_paths.parse(keeps),
        joins=joins,
        sent=form,
        answered=answered or form,
    )


def test_by_default_nothing_is_changed() -> None:
    data = _processing(None)
    assert data.request(b"\x00\xff\n") == b"\x00\xff\n"
    assert data.result([b"1\n"], b"\x00, 1\r\n") == b"\x00, 1\r\n"


@pytest.mark.parametrize(
    ("joins", "keeps", "result"),
    [
        (False, "$", b"0.5\n0.25\n"),
        (True, "$", b"id-1,1,2,0.5\nid-2,3,4,0.25\n"),
        (True, "$[0,-1]", b"id-1,0.5\nid-2,0.25\n"),
        (True, "$[0,3:]", b"id-1,0.5\nid-2,0.25\n"),
        (True, "$[1]", b"1\n3\n"),
        (False, "$[0]", b"0.5\n0.25\n"),
    ],
)
def test_an_id_column_is_excluded_and_joined_again(joins: bool, keeps: str, result: bytes) -> None:
    data = _processing("csv", sends="$[1:]", joins=joins, keeps=keeps)
    records = [b"id-1,1,2\n", b"id-2,3,4\n"]
    assert [data.request(record) for record in records] == [b"1,2\n", b"3,4\n"]
    assert data.result(records, b"0.5\n0.25\n") == result


def test_the_record_1_2_3_and_the_label_1() -> None:
    assert _processing("csv", joins=True).result([b"1,2,3"], b"1\n") == b"1,2,3,1\n"


@pytest.mark.parametrize(
    ("record", "sent"),
    [
        (b'"a,b",1,"say ""x""",2\r\n', b'1,"say ""x""",2\n'),
        (b'x,"",,2', b",,2\n"),
        (b"x, 1 ,\xc3\xa4\n", b" 1 ,\xc3\xa4\n"),
    ],
)
def test_cells_are_those_of_rfc_4180(record: bytes, sent: bytes) -> None:
    assert _processing("csv", sends="$[1:]").request(record) == sent


def test_an_attribute_is_excluded_and_joined_again() -> None:
    data = _processing("jsonlines", sends="$.features", joins=True, keeps="$['id','SageMakerOutput']")
    records = [b'{"id": 1, "features": [1.5, 2]}\n', b'{"features": [3], "id": "\xc3\xa4"}']
    assert [data.request(record) for record in records] == [b"[1.5,2]\n", b"[3]\n"]
    answer = b'{"label": 1}\n{"label": 0}'
    expected = b'{"id":1,"SageMakerOutput":{"label":1}}\n{"id":"\xc3\xa4","SageMakerOutput":{"label":0}}\n'
    assert data.result(records, answer) == expected


def test_json_lines_that_are_not_split_are_lines_all_the_same() -> None:
    data = _processing("jsonlines", sends="$.x", joins=True)
    whole = b'{"x": 1}\n{"x": 2}\n'
    assert data.request(whole) == b"1\n2\n"
    assert data.result([whole], b"true\nnull\n") == b'{"x":1,"SageMakerOutput":true}\n{"x":2,"SageMakerOutput":null}\n'


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (b'{\n  "key": 1\n}\n', b'{"key":1,"SageMakerOutput":{"label":1}}'),
        (b"[1, 2]", b'{"SageMakerInput":[1,2],"SageMakerOutput":{"label":1}}'),
        (b'{"SageMakerOutput": 3}', b'{"SageMakerOutput":{"label":1}}'),
    ],
)
def test_a_json_document_gets_the_answer(record: bytes, result: bytes) -> None:
    assert _processing("json", joins=True).result([record], b'{"label": 1}') == result


def test_rows_can_be_answered_in_json_and_filtered() -> None:
    """As in AutoGluon's tutorial: $[:14] of the input, $['class'] of the output."""
    data = _processing("csv", sends="$[:2]", keeps="$['class']", answered="json")
    assert data.request(b"1,2,>50K\n") == b"1,2\n"
    assert data.result([b"1,2,>50K\n", b"3,4,<=50K\n"], b'{"class": ["a", "b"]}') == b'["a","b"]'


@pytest.mark.parametrize(
    ("form", "records", "answer", "said"),
    [
        ("csv", [b"1\n", b"2\n"], b"0.1,0.2", "mismatched line count between the input and the output: 2 records, 1 a"),
        ("csv", [b"1\n"], b"0.1\n0.2\n", "mismatched line count"),
        ("csv", [b'"1\n'], b"0.1\n", "Failed to parse '\"1\\\\n' as CSV"),
        ("csv", [b"1\n"], b"\xff\n", "Failed to parse '\ufffd' as CSV"),
        ("jsonlines", [b"{}\n", b"{}\n"], b"[1,2]", "mismatched line count"),
        ("jsonlines", [b"{}\n"], b"nothing", "Failed to parse 'nothing' as JSON"),
        ("json", [b"{}\n", b"{}\n"], b"[1,2]", "mismatched line count"),
        ("json", [b"{}\n"], b"NaN", "NaN is no number of JSON"),
        ("json", [b"[" * 100_000], b"1", "as JSON: maximum recursion depth"),
    ],
)
def test_what_cannot_be_joined(form: Form, records: Sequence[bytes], answer: bytes, said: str) -> None:
    with pytest.raises(DataError, match=said):
        _processing(form, joins=True).result(records, answer)


def test_indexes_beyond_the_joined_data_are_an_error() -> None:
    with pytest.raises(SelectionError, match="there is no element 3 among 3"):
        _processing("csv", joins=True, keeps="$[3]").result([b"1,2\n"], b"0.5\n")


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("text/csv", "csv"),
        ("TEXT/CSV; label_size=0", "csv"),
        ("application/json;charset=utf-8", "json"),
        ("application/jsonlines", "jsonlines"),
        ("application/x-npy", None),
        ("", None),
    ],
)
def test_forms(content_type: str, form: Form | None) -> None:
    assert transform_data.form_of(content_type) == form


def test_half_a_pair_of_surrogates_stays_escaped() -> None:
    assert _processing("json", sends="$.a").request(b'{"a": "\\ud83d"}') == b'"\\ud83d"'
    assert _processing("json", sends="$.a").request(b'{"a": "\\ud83d\\ude00"}') == '"\U0001f600"'.encode()
