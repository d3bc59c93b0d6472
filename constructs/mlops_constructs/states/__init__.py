"""States that every workflow uses; plain data, no CDK."""
