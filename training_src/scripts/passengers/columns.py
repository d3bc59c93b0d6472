"""Columns of the files after the label, in order, as glue_scripts/passengers.py writes them."""

NUMBERS = ["ticket", "age", "fare"]
CATEGORIES = ["sex", "port"]
FEATURES = ["ticket", "sex", "age", "fare", "port"]
