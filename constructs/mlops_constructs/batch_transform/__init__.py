"""Files that models answer by a schedule."""
