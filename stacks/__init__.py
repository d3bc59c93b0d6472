"""Deployment units: one stack an account."""
