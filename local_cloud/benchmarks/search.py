"""How many trials a tuning job saves when it learns from a parent, on the objective of the search's tests; JSON."""

import json
import sys

from unit.sagemaker.test_search import _best, _other_data, _run, _trials_until

SEEDS = range(30)


def main() -> None:
    """Mean trials until a target over all seeds, from a cold and from a warm start."""
    found = {"same data": [0, 0], "newer data": [0, 0]}
    for seed in SEEDS:
        parent, child = _run(seed), 1000 + seed
        target = _best(parent)
        found["same data"][0] += _trials_until(_run(child), target)
        found["same data"][1] += _trials_until(_run(child, parents=[parent]), target)
        target = _best(_run(5000 + seed, _other_data))
        found["newer data"][0] += _trials_until(_run(child, _other_data), target)
        found["newer data"][1] += _trials_until(_run(child, _other_data, parents=[parent], transfer=True), target)
    means = {name: {"cold": cold / len(SEEDS), "warm": warm / len(SEEDS)} for name, (cold, warm) in found.items()}
    json.dump(means, sys.stdout)


if __name__ == "__main__":
    main()
