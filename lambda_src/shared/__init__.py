"""What the functions of retraining and of deployment have in common."""
