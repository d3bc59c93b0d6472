"""The archive of a function whose code stands in its template.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.kernel import source

_CONTAINERS = source.ROOT / "local_cloud" / "containers"


@dataclass(frozen=True, kw_only=True)
class _Language:
    """How inline code of a language is packed.

    Args:
        file: name of the code's file.
        uses_response: finds the statement that asks for the module that answers for custom resources.
        response: this module.
        place: where it lies in the archive.
    """

    file: str
    uses_response: re.Pattern[str]
    response: Path
    place: str


_LANGUAGES = {
    "python": _Language(
        file="index.py",
        # The one statement that the documentation allows.
        uses_response=re.compile(r"^\s*import cfnresponse\b", re.MULTILINE),
        response=_CONTAINERS / "cfnresponse.py",
        place="cfnresponse.py",
    ),
    "nodejs": _Language(
        file="index.js",
        uses_response=re.compile(r"""\brequire\(\s*(['"])cfn-response\1\s*\)"""),
        response=_CONTAINERS / "lambda_node" / "cfn-response.js",
        place="node_modules/cfn-response.js",
    ),
}


def archive(text: str, runtime: str) -> bytes:
    """The text as the only file, named ``index``, with the module that answers for custom resources if it loads it.

    Args:
        text: of the function.
        runtime: of the function.

    Raises:
        ResourceFailure: inline code of a language that AWS takes none of.
    """
    language = next((found for name, found in _LANGUAGES.items() if runtime.startswith(name)), None)
    if language is None:
        raise ResourceFailure(f"a function has inline code in python or nodejs, got runtime {runtime!r}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        # With a date of its own, so that the same text is the same archive.
        files.writestr(zipfile.ZipInfo(language.file), text)
        if language.uses_response.search(text):
            files.writestr(zipfile.ZipInfo(language.place), language.response.read_bytes())
    return packed.getvalue()
