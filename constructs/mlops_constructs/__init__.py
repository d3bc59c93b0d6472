"""Constructs of one concern each; blind to the environment."""
