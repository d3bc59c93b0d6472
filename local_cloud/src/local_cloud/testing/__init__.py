"""For tests that talk to a local cloud: waits, roles, archives, and a small data set with jobs on it."""
