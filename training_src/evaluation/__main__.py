"""What the evaluation's processing job runs: Python takes the .zip of this folder as a program."""

import sys

from evaluation_job.main import main

if __name__ == "__main__":
    sys.exit(main())
