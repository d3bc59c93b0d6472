"""Where a name in a query is a parameter, and what a window is."""

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_scripts.warehouse_extract import ExtractError, Window, bind, parse_window

BOTH = ":date_from :date_to"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a >= :date_from and a < :date_to", "a >= $1 and a < $2"),
        ("a between :date_from and :date_to or b = :date_from;\n", "a between $1 and $2 or b = $1"),
        ("(:date_from,:date_to)", "($1,$2)"),
        (":date_from::timestamp, (:date_to)::date", "$1::timestamp, ($2)::date"),
        (f"{BOTH} ':other' ''':other'", "$1 $2 ':other' ''':other'"),
        (f"{BOTH} E'\\':other' e'\\\\' ", "$1 $2 E'\\':other' e'\\\\'"),
        (f'{BOTH} ":other" "a"":other"', '$1 $2 ":other" "a"":other"'),
        (f"{BOTH} -- :other $1 '\n", "$1 $2 -- :other $1 '"),
        (f"{BOTH} /* :other /* ' */ :other $1 */ x", "$1 $2 /* :other /* ' */ :other $1 */ x"),
        (f"{BOTH} $$:other $1$$ $t$ $$:other$$ $t$", "$1 $2 $$:other $1$$ $t$ $$:other$$ $t$"),
        (f"{BOTH} a[1:2] a[1:n] a[n : m]", "$1 $2 a[1:2] a[1:n] a[n : m]"),
        (f"{BOTH} f(x := 1) 100% a%b", "$1 $2 f(x := 1) 100% a%b"),
        (f"{BOTH} name$1", "$1 $2 name$1"),
    ],
)  # fmt: skip
def test_only_names_outside_of_quotes_and_comments_are_parameters(text: str, expected: str) -> None:
    assert bind(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1", "does not use :date_from and :date_to"),
        ("select :date_from", "does not use :date_to"),
        ("select ':date_from', :date_to", "does not use :date_from"),
        (f"{BOTH} :Date_From", "unknown parameter :Date_From"),
        (f"{BOTH} $1", r"the placeholder \$1"),
        (f"{BOTH} \0 where false", "null character at position 20; remove it"),
        ("", "does not use :date_from and :date_to"),
    ],
)
def test_a_query_without_both_bounds_or_with_others_is_refused(text: str, message: str) -> None:
    with pytest.raises(ExtractError, match=message):
        bind(text)


def test_a_window_is_two_days_in_order() -> None:
    assert parse_window("2024-02-28", "2024-03-01") == Window(
        date_from=dt.date(2024, 2, 28), date_to=dt.date(2024, 3, 1)
    )


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (("20240101", "2024-02-01"), "date_from is '20240101'; expected a date as YYYY-MM-DD"),
        (("2024-01-01", "2024-02-30"), "date_to is '2024-02-30'"),
        (("2024-01-01T00:00:00", "2024-02-01"), "date_from is"),
        (("2024-W01-1", "2024-02-01"), "date_from is"),
        (("2024-01-01'; drop table x; --", "2024-02-01"), "date_from is"),
        (("\N{ARABIC-INDIC DIGIT TWO}024-01-01", "2024-02-01"), "date_from is"),
        (("2024-01-01\n", "2024-02-01"), "date_from is"),
        (("", "2024-02-01"), "date_from is ''"),
        (("2024-02-01", "2024-02-01"), "date_from 2024-02-01 is not before date_to 2024-02-01"),
    ],
)
def test_what_is_no_window_is_refused(bounds: tuple[str, str], message: str) -> None:
    with pytest.raises(ExtractError, match=message):
        parse_window(*bounds)


NAMES = st.text(max_size=30) | st.lists(
    st.sampled_from([":date_from", ":other", "$1", "'", '"', "$$", "--", "/*", "*/", "::", "\\", " ", "\n", ";"]),
    max_size=8,
).map("".join)


@pytest.mark.security("hostile input")
@given(NAMES)
def test_nothing_in_a_quotation_is_a_parameter(inside: str) -> None:
    """Quoted as PostgreSQL's manual has it: https://www.postgresql.org/docs/current/sql-syntax-lexical.html"""
    inside = inside.replace("\0", "")
    quoted = [
        "'" + inside.replace("'", "''") + "'",
        '"' + inside.replace('"', '""') + '"',
        "$tag$" + inside.replace("$", "") + "$tag$",
        "E'" + inside.replace("\\", "\\\\").replace("'", "\\'") + "'",
        "/*" + inside.replace("*", "").replace("/", "") + "*/",
        "--" + inside.replace("\n", "") + "\n",
    ]
    for text in quoted:
        assert bind(f":date_from {text} :date_to") == f"$1 {text} $2"


@pytest.mark.security("hostile input")
@given(NAMES)
def test_any_query_is_bound_or_refused(text: str) -> None:
    with contextlib.suppress(ExtractError):
        bound = bind(f"{BOTH} {text}")
        assert bound.startswith("$1 $2")


@pytest.mark.security("hostile input")
@given(st.text(max_size=30) | st.dates().map(str), st.text(max_size=30) | st.dates().map(str))
def test_any_window_is_two_dates_or_refused(date_from: str, date_to: str) -> None:
    with contextlib.suppress(ExtractError):
        window = parse_window(date_from, date_to)
        assert (str(window.date_from), str(window.date_to)) == (date_from, date_to)
