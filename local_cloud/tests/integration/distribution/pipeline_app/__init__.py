"""The repository of the sample pipeline."""
