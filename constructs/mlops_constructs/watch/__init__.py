"""Who learns of what happened: alarms, logs, notifications."""
