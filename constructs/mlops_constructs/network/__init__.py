"""Where things run, and how they reach AWS."""
