"""What a framework image starts in place of a model's own script: it runs that script, and packs what answers.

The script runs in this very process, with the arguments, the variables and the working folder that SageMaker's training
toolkit gives (https://github.com/aws/sagemaker-training-toolkit). After it the folder's files are copied to ``code/``
beside the model, where the inference toolkit looks for ``inference.py`` and ``requirements.txt``
(https://github.com/aws/sagemaker-inference-toolkit): code and model belong together, in every version.
"""

import os
import runpy
import shutil
import sys

# What stacks/script_archives.py writes here: the model's own script, and whether code is to lie beside the model.
TRAINING = "train.py"
PACKS = True
_LEFT_OUT = ("__pycache__", "perennial_entry.py")


def main() -> None:
    """Run the script, then pack; a script that ends with an error packs nothing."""
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120  # any Python of any image
    sys.path.insert(0, folder)
    sys.argv[0] = os.path.join(folder, TRAINING)  # noqa: PTH118
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as stopped:
        if stopped.code not in (None, 0):
            raise
    if not PACKS:
        return
    # Of several hosts each has the same; SageMaker takes what all of them leave for one.
    target = os.path.join(os.environ["SM_MODEL_DIR"], "code")  # noqa: PTH118
    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)


if __name__ == "__main__":
    main()
