"""What framework images start in place of a model's own script."""
