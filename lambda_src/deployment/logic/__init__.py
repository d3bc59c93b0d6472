"""Decisions: pure, without AWS."""
