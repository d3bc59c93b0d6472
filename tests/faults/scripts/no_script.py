"""What the Glue job itself would run; every run names a script of its own."""

raise SystemExit("a run of this job names its script in --scriptLocation")
