"""The part of the toolkit that is for users' code."""
