"""Pipelines and their actions."""
