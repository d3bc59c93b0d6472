"""What is deployed where: typed, validated, and never a silent default for an account id."""
