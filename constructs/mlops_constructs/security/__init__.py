"""Roles, grants on keys, and the reasons for what a rule would forbid."""
