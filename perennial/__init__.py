"""Operator side of Perennial: command line, demo and data sets."""
