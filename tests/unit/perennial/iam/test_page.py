import re
from typing import Any

import pytest

from tests.support.iam import page
from tests.support.iam.proof import Agreement, Reason
from tests.unit.perennial.iam.cases import OTHER, call, grant, proof, role

pytestmark = pytest.mark.security("iam")


def _render() -> str:
    return page.render(
        proof(
            [
                role(grant("s3:GetObject"), grant("s3:PutObject"), grant("s3:DeleteObject"), grant("s3:ListBucket")),
                role(grant("sns:<b>", "arn:aws:sns:::*"), name="Other"),
            ],
            call("s3:GetObject"),
            call("s3:PutObjectAcl"),
            call("s3:GetObject", "arn:aws:s3:::data/far", owner=OTHER),
            call("s3:ListBucket", allowed=False, reason="no identity-based policy allows it"),
            unused=[Reason(roles=("Worker",), actions=("s3:PutObject",), why="only on Sundays")],
            crossing=[Agreement(principal="*:Worker", why="by treaty")],
        )
    )


def test_the_totals_stand_in_one_line() -> None:
    text = re.sub(r"<[^>]*>", "", _render())

    # Nobody deletes, lists or publishes, and nobody may put an ACL.
    assert "unexplained grants: 3, unmatched calls: 1" in text
    assert "Not proven" in text


def test_the_matrix_shows_use_reasons_and_what_is_wrong() -> None:
    (matrix,) = page.matrices(
        proof(
            [role(grant("s3:GetObject"), grant("s3:PutObject"), grant("s3:DeleteObject"))],
            call("s3:GetObject"),
            call("s3:PutObjectAcl"),
            unused=[Reason(roles=("Worker",), actions=("s3:PutObject",), why="only on Sundays")],
        )
    )

    assert [(action, cell.text, cell.css_class) for action, (cell,) in matrix.rows] == [
        ("s3:DeleteObject", "unexplained", "bad"),
        ("s3:GetObject", "1", "used"),
        ("s3:PutObject", "unused", "unused"),
        ("s3:PutObjectAcl", "not granted, 1 calls", "bad"),
    ]
    assert "only on Sundays" in dict(matrix.rows)["s3:PutObject"][0].title


def test_the_matrix_shows_what_was_denied() -> None:
    reader = role(grant("s3:GetObject"), grant("s3:ListBucket", "arn:aws:s3:::data"))
    denied: dict[str, Any] = {"allowed": False, "reason": "no identity-based policy allows it"}
    (matrix,) = page.matrices(
        proof(
            [reader],
            call("s3:GetObject"),
            call("s3:GetObject", "arn:aws:s3:::far/key", **denied),
            call("s3:ListBucket", "arn:aws:s3:::far", **denied),
            call("s3:PutObject", **denied),
            call("s3:DeleteObject", **denied),
            unused=[Reason(roles=("Worker",), actions=("s3:ListBucket",), why="only on Sundays")],
            denied=[
                Agreement(principal="*:Worker", resource="*far*", why="by law"),
                Agreement(principal="*:Worker", actions=("s3:PutObject",), why="by law"),
            ],
        )
    )

    assert [(action, cell.text, cell.css_class) for action, (cell,) in matrix.rows] == [
        ("s3:DeleteObject", "denied 1", "bad"),
        ("s3:GetObject", "1, denied 1", "used"),
        ("s3:ListBucket", "denied 1", "denied"),
        ("s3:PutObject", "denied 1", "denied"),
    ]
    titles = {action: cell.title for action, (cell,) in matrix.rows}
    assert "no identity-based policy allows it" in titles["s3:DeleteObject"]
    assert all("by law" in titles[action] for action in ("s3:GetObject", "s3:ListBucket", "s3:PutObject"))
    assert "only on Sundays" in titles["s3:ListBucket"]


def test_the_page_asks_nobody_for_anything_and_escapes_what_it_shows() -> None:
    text = _render()

    assert not re.search(r"(src|href)=|@import|url\(", text)
    assert "sns:<b>" not in text
    assert "sns:&lt;b&gt;" in text
    assert "by treaty" in text


def test_a_page_without_a_problem_says_so() -> None:
    text = re.sub(r"<[^>]*>", "", page.render(proof([role(grant("s3:GetObject"))], call("s3:GetObject"))))

    assert "Granted is what is used" in text
    assert "unexplained grants: 0, unmatched calls: 0" in text
