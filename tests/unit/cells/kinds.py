"""All kinds of cell as data: what AWS's container makes of each, and the one verdict that everything of ours has.

Expected values of AWS's are from its public source, run with the XGBoost of the image (`aws_container`), not from ours.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

NAN = math.nan
# A reader's answer: all values (label first in training), or None when it refuses.
Table = list[list[float]] | None


def table(values: npt.NDArray[np.floating]) -> Table:
    """Values of an array."""
    return [[float(value) for value in row] for row in values]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of cell, or of a file around its cells.

    Args:
        name: what it is.
        shown: how it looks, as Markdown.
        file: a file of a channel, label first.
        request: the body of a request with the same cells, without a label; None where there is none.
        ours: what the ETL job may write, and local training and evaluation understand.
        aws: what AWS's training reads.
        served: what our stand-in of the serving container understands.
        aws_served: what AWS's understands.
        trained: what local training reads although an ETL job may not write it; None where ours says it all.
        note: of the page.
    """

    name: str
    shown: str
    file: bytes
    request: bytes | None
    ours: Table
    aws: Table
    served: Table
    aws_served: Table
    trained: Table = None
    note: str = ""


def _number(name: str, cell: str, value: float, note: str = "") -> Kind:
    """A number to everybody."""
    return _cell(name, cell, ours=value, aws=value, served=value, aws_served=value, note=note)


def _missing(name: str, cell: str) -> Kind:
    """A missing value to everybody."""
    return _number(name, cell, NAN)


def _lost(
    name: str,
    cell: str,
    aws: float | None,
    *,
    served: float | None = None,
    aws_served: float | None = None,
    note: str = "",
) -> Kind:
    """A mistake, which is refused here; AWS's training makes ``aws`` of it, and None of them is a refusal."""
    return _cell(name, cell, ours=None, aws=aws, served=served, aws_served=aws_served, note=note)


def _cell(
    name: str,
    cell: str,
    *,
    ours: float | None,
    aws: float | None,
    served: float | None,
    aws_served: float | None,
    note: str,
) -> Kind:
    def trained(value: float | None) -> Table:
        return None if value is None else [[0, 7, value, 8], [1, 1, 2, 3]]

    def answered(value: float | None) -> Table:
        return None if value is None else [[7, value, 8]]

    shown = {"": "nothing", " ": "a blank"}.get(cell, f"`{cell}`".replace("\0", r"\0"))
    return Kind(
        name=name,
        shown=shown,
        file=f"0,7,{cell},8\n1,1,2,3\n".encode(),
        request=f"7,{cell},8".encode(),
        ours=trained(ours),
        aws=trained(aws),
        served=answered(served),
        aws_served=answered(aws_served),
        note=note,
    )


def _file(
    name: str,
    shown: str,
    file: bytes,
    *,
    ours: Table,
    aws: Table,
    request: bytes | None = None,
    served: Table = None,
    aws_served: Table = None,
    trained: Table = None,
    note: str = "",
) -> Kind:
    return Kind(
        name=name,
        shown=shown,
        file=file,
        request=request,
        ours=ours,
        aws=aws,
        served=served,
        aws_served=aws_served,
        trained=trained,
        note=note,
    )


_COMMAS = "local training reads it as AWS's; an ETL job writes commas"
_TWO = [[0.0, 7.0, 8.0], [1.0, 2.0, 3.0]]
_ASKED = [[7.0, 8.0], [2.0, 3.0]]

NUMBERS = (
    _number("a decimal", "-1.5", -1.5),
    _number("a sign", "+1", 1),
    _number("blanks around", " 1\t", 1),
    _number("a point at the end", "1.", 1),
    _number("a point in front", ".5", 0.5),
    _number("minus zero", "-0", 0),
    _number("zeros in front", "007", 7),
    _number("a small exponent", "1e-10", 1e-10),
    _number("as Java writes it", "1.0E-4", 1e-4),
    _number("a capital E", "1E5", 1e5),
    _number("many digits behind the point", "0.1234567890123456789", 0.1234567890123456789),
    _number("below 32 bits", "1e-50", 0, "AWS's training takes 1.2e-38, its serving 0"),
    _number("the largest exponent", "1.5E38", 1.5e38),
    _missing("nothing", ""),
    _missing("NaN as Spark writes it", "NaN"),
    _missing("NaN as pandas writes it", "nan"),
    _missing("NaN in capitals", "NAN"),
    _missing("NaN with a sign", "-nan"),
)
MISTAKES = (
    _lost("a blank only", " ", 0),
    _lost("a truth value", "true", NAN),
    _lost("a truth value of Python", "True", NAN),
    _lost("a truth value that is false", "false", 0),
    _lost("a number in quotes", '"2"', NAN),
    _lost("a number in single quotes", "'2'", NAN),
    _lost("text", "text", NAN),
    _lost("text in quotes", '"text"', NAN),
    _lost("R's missing value", "NA", NAN),
    _lost("SQL's missing value", "null", NAN),
    _lost("Python's missing value", "None", NAN),
    _lost("Hive's missing value", r"\N", NAN),
    _lost("underscores", "1_000", 1, aws_served=1000),
    _lost("digits that are not ASCII", "\uff15", NAN, aws_served=5),  # a full-width five
    _lost("a hexadecimal number", "0x10", 0),
    _lost("a semicolon", "1;5", 1),
    _lost("a date", "2013-01-01", 2013),
    _lost("a time", "12:30", 12),
    _lost("a percentage", "50%", 50),
    _lost("an amount", "$5", NAN),
    _lost("a suffix of Java", "1d", 1),
    _lost("two points", "1.5.2", 1.5),
    _lost("two signs", "--1", 0),
    _lost("a sign only", "-", 0),
    _lost("two numbers", "1 2", 1),
    _lost("an exponent without digits", "1e", 1),
    _lost("a NUL", "1\0", 1, aws_served=1),
    _lost("infinity", "inf", None),
    _lost("minus infinity", "-inf", None),
    _lost("infinity as Java writes it", "Infinity", None),
    _lost("above 32 bits", "3.5E38", None),
    _lost("an exponent above 38", "1e39", 1e38),
    _lost("an exponent above 38 of a number that fits", "0.001e40", 1e35, served=1e37, aws_served=1e37),
    _lost(
        "20 digits and more before the point",
        "18446744073709551616",
        0,
        served=2.0**64,
        aws_served=2.0**64,
        note="the digits overflow 64 bits",
    ),
)
FILES = (
    _file("no newline at the end", "`3` ends the file", b"0,7,8\n1,2,3", ours=_TWO, aws=_TWO, request=b"7,8\n2,3",
          served=_ASKED, aws_served=_ASKED),
    _file("CRLF", r"`8\r\n`", b"0,7,8\r\n1,2,3\r\n", ours=_TWO, aws=_TWO, request=b"7,8\r\n2,3\r\n", served=_ASKED,
          aws_served=_ASKED),
    _file("CRLF after an empty cell", r"`,\r\n`", b"0,7,\r\n1,2,3\r\n", ours=[[0, 7, NAN], [1, 2, 3]],
          aws=[[0, 7, NAN], [1, 2, 3]], request=b"7,\r\n2,3\r\n", note="end requests with LF"),
    _file("CR alone", r"`8\r`", b"0,7,8\r1,2,3\r", ours=_TWO, aws=_TWO, request=b"7,8\r2,3",
          note="end requests with LF"),
    _file("a byte order mark", "EF BB BF first", b"\xef\xbb\xbf0,7,8\n1,2,3\n", ours=_TWO, aws=_TWO,
          request=b"\xef\xbb\xbf7,8"),
    _file("an empty line", r"`8\n\n1`", b"0,7,8\n\n1,2,3\n", ours=_TWO, aws=_TWO, request=b"7,8\n\n2,3"),
    _file("an empty first line", r"`\n0`", b"\n0,7,8\n1,2,3\n", ours=None, aws=None, request=b"\n7,8\n2,3\n",
          served=_ASKED, aws_served=_ASKED, note="no delimiter in a file; a request is stripped"),
    _file("a line of blanks", r"`8\n  \n1`", b"0,7,8\n  \n1,2,3\n", ours=None, aws=None, request=b"7,8\n  \n2,3"),
    _file("a row without values", "`0,,`", b"0,,\n1,2,3\n", ours=[[0, NAN, NAN], [1, 2, 3]],
          aws=[[0, NAN, NAN], [1, 2, 3]], request=b",\n2,3", served=[[NAN, NAN], [2, 3]],
          aws_served=[[NAN, NAN], [2, 3]]),
    _file("the first feature empty in all rows", "`0,,7`", b"0,,7\n1,,2\n", ours=[[0, NAN, 7], [1, NAN, 2]],
          aws=[[0, NAN, 7], [1, NAN, 2]], request=b",7\n,2", served=[[NAN, 7], [NAN, 2]],
          aws_served=[[NAN, 7], [NAN, 2]]),
    _file("the last feature empty in all rows", "`0,7,`", b"0,7,\n1,2,\n", ours=[[0, 7], [1, 2]],
          aws=[[0, 7], [1, 2]], request=b"7,\n2,", served=[[7, NAN], [2, NAN]], aws_served=[[7, NAN], [2, NAN]],
          note="a feature less in the model, which then refuses requests with all: the evaluation says so"),
    _file("a short row", "`1,2`", b"0,7,8\n1,2\n", ours=None, aws=[[0, 7, 8], [1, 2, NAN]], request=b"7,8\n2"),
    _file("a decimal comma, a long row", "`7,5`", b"0,7,8\n1,7,5,3\n", ours=None,
          aws=[[0, 7, 8, NAN], [1, 7, 5, 3]], request=b"7,8\n7,5,3"),
    _file("a comma in quotes", '`"7,8"`', b'0,"7,8"\n1,2\n', ours=None, aws=[[0, NAN, 8], [1, 2, NAN]],
          request=b'"7,8"\n2'),
    _file("a row in quotes", '`"1,7,8"`', b'"0,7,8"\n"1,2,3"\n', ours=None, aws=[[0, 7, 8], [0, 2, 3]],
          request=b'"7,8"\n"2,3"'),
    _file("a header row", "`label,a,b`", b"label,a,b\n0,7,8\n1,2,3\n", ours=None,
          aws=[[0, NAN, NAN], *_TWO], request=b"a,b\n7,8"),
    _file("semicolons between", "`0;7;8`", b"0;7;8\n1;2;3\n", ours=None, aws=_TWO, trained=_TWO, request=b"7;8\n2;3",
          served=_ASKED, aws_served=_ASKED, note=_COMMAS),
    _file("an empty cell between semicolons", "`0;;8`", b"0;;8\n1;2;\n", ours=None, aws=[[0, NAN, 8], [1, 2, NAN]],
          trained=[[0, NAN, 8], [1, 2, NAN]], request=b";8\n2;", served=[[NAN, 8], [2, NAN]],
          aws_served=[[NAN, 8], [2, NAN]], note=_COMMAS),
    _file("bars between", "`0|7|8`", b"0|7|8\n1|2|3\n", ours=None, aws=_TWO, trained=_TWO, request=b"7|8\n2|3",
          served=_ASKED, aws_served=_ASKED, note=_COMMAS),
    _file("colons between", "`0:7:8`", b"0:7:8\n1:2:3\n", ours=None, aws=_TWO, trained=_TWO, request=b"7:8\n2:3",
          served=_ASKED, aws_served=_ASKED, note=_COMMAS),
    _file("tabs between", r"`0\t7\t8`", b"0\t7\t8\n1\t2\t3\n", ours=None, aws=_TWO, trained=_TWO,
          request=b"7\t8\n2\t3", served=_ASKED, aws_served=_ASKED, note=_COMMAS),
    _file("blanks between", "`0 7 8`", b"0 7 8\n1 2 3\n", ours=None, aws=_TWO, trained=_TWO, request=b"7 8\n2 3",
          served=_ASKED, aws_served=_ASKED, note=_COMMAS),
    _file("an empty cell between tabs", r"`0\t\t8`", b"0\t\t8\n1\t2\t3\n", ours=None, aws=[[0, 8, NAN], [1, 2, 3]],
          request=b"7\t\t8", served=[[7, NAN, 8]], aws_served=[[7, NAN, 8]],
          note="AWS's training moves the rest of the row"),
    _file("carets between", "`0^7^8`", b"0^7^8\n1^2^3\n", ours=None, aws=_TWO, request=b"7^8\n2^3",
          aws_served=_ASKED),
    _file("number signs between", "`0#7#8`", b"0#7#8\n1#2#3\n", ours=None, aws=None, request=b"7#8\n2#3"),
    _file("bytes that are not UTF-8", "E9", b"0,7,8\n1,\xe9,3\n", ours=None, aws=None, request=b"7,\xe9",
          note="AWS's training may take them for missing far from the start of a file"),
    _file("other ends of a line", r"`8\x0b1`", b"0,7,8\x0b1,2,3\n", ours=None, aws=[[0, 7, 8, 2, 3]],
          request=b"7,8\x0b2,3"),
    _file("one column", "`0`", b"0\n1\n", ours=None, aws=None),
    _file("a label that is nothing", "`,2,3`", b"0,7,8\n,2,3\n", ours=None, aws=[[0, 7, 8], [0, 2, 3]]),
    _file("a label that is NaN", "`NaN,2,3`", b"0,7,8\nNaN,2,3\n", ours=None, aws=[[0, 7, 8], [NAN, 2, 3]],
          note="AWS's training then fails"),
    _file("a label that is infinite", "`inf,2,3`", b"0,7,8\ninf,2,3\n", ours=None,
          aws=[[0, 7, 8], [math.inf, 2, 3]], note="AWS's training then fails"),
    _file("a label that is text", "`yes,2,3`", b"0,7,8\nyes,2,3\n", ours=None, aws=[[0, 7, 8], [0, 2, 3]]),
    _file("a label that is a truth value", "`true,2,3`", b"0,7,8\ntrue,2,3\n", ours=None,
          aws=[[0, 7, 8], [0, 2, 3]]),
)  # fmt: skip
KINDS = (*NUMBERS, *MISTAKES, *FILES)
