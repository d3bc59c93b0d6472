"""A laptop-sized AWS: moto for service state and wire protocol, real execution of the jobs on top."""
