"""The archive of a function whose code stands in its template.

Reference: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
"""

import io
import re
import zipfile

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.kernel import source

_RESPONSE = source.ROOT / "local_cloud" / "containers" / "cfnresponse.py"
# The one statement that the documentation allows.
_USES_RESPONSE = re.compile(r"^\s*import cfnresponse\b", re.MULTILINE)


def archive(text: str, runtime: str) -> bytes:
    """The text as the only file, named ``index``, with the module ``cfnresponse`` if the text imports it.

    Args:
        text: of the function.
        runtime: of the function.

    Raises:
        ResourceFailure: inline code of another language than Python.
    """
    if not runtime.startswith("python"):
        raise ResourceFailure(f"the local cloud runs inline code of python functions, got runtime {runtime!r}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as files:
        # With a date of its own, so that the same text is the same archive.
        files.writestr(zipfile.ZipInfo("index.py"), text)
        if _USES_RESPONSE.search(text):
            files.writestr(zipfile.ZipInfo("cfnresponse.py"), _RESPONSE.read_bytes())
    return packed.getvalue()
