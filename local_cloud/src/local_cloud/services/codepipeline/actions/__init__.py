"""What actions of each provider do."""
