"""What several parts of the project must agree on, stated once; standard library only."""
