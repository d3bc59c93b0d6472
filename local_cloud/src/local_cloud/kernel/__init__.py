"""The process: server, runtime, clock, processes, snapshots, control and credentials."""
