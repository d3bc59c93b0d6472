"""What is deployed where: typed, validated, and never a silent default for an account id."""

import sys
from importlib.util import find_spec
from pathlib import Path

# Source roots are not packages; whoever reads the configuration alone does not know of this one.
if find_spec("contract") is None:
    sys.path.append(str(Path(__file__).parents[1] / "lambda_src"))
