"""Perennial's own fine-tuning of transformers that classify texts."""
