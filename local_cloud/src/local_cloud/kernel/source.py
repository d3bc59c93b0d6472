"""Where this package lies: what a process of its own needs on its path to run a container of ours."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
