"""What runs in containers of the built-in XGBoost image."""
