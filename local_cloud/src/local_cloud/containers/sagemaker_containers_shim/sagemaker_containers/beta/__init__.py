"""Only `framework` lies here."""
