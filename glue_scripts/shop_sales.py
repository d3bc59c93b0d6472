"""Glue job of the model shop-sales: pieces that a shop sells on a day, from the rows of a warehouse's query.

The shortest example: what the query types need not be parsed. examples/warehouse has its configuration.
"""

from datetime import date

from etl_library import job
from etl_library.days import Split
from etl_library.extract import ExtractModel

HELD_OUT_SHARE = 10


def split(days: list[date]) -> Split:
    """By time, so that the test part is what the model cannot know yet: a tenth each for test and validation."""
    held_out = max(1, len(days) // HELD_OUT_SHARE)
    return Split(validation=days[-2 * held_out], test=days[-held_out])


MODEL = ExtractModel(
    label="pieces",
    features=("shop", "weekday", "on_offer", "degrees"),
    day="day",
    order=("day", "shop"),
    fewest_days=30,
    split=split,
)
run = MODEL.run

if __name__ == "__main__":
    job.main(run)
