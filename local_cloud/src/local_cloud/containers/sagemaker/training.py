"""Runs a training job in a family's image: ``python -m ...training <module that trains> <opt/ml folder>``.

Reference: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

import importlib
import sys
import traceback
from pathlib import Path

from local_cloud.containers.sagemaker.programs import CustomerError, TrainingError

CUSTOMER_ERROR = 2


def main(module: str, root: Path) -> int:
    """Train in /opt/ml; whatever is wrong goes to output/failure, which becomes the job's FailureReason."""
    try:
        importlib.import_module(module).train(root)
    except TrainingError as error:
        traceback.print_exc()
        failure = root / "output" / "failure"
        # A script of the user's may have said it better.
        if not failure.exists():
            failure.write_text(str(error), encoding="utf-8")
        return CUSTOMER_ERROR if isinstance(error, CustomerError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
