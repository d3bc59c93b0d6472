"""The whole story on one machine, in a local cloud."""
