"""``python -m perennial``."""

import sys
from pathlib import Path

# Source roots are not packages; what the functions decide and the command tells is one piece of code.
sys.path.insert(1, str(Path(__file__).parents[1] / "lambda_src"))

from perennial.cli import main

sys.exit(main())
