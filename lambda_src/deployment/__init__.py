"""What the deployment state machine's functions do: handler -> logic -> adapter. Never imports aws_cdk."""
