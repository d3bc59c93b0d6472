"""What runs: functions, workflows, jobs, endpoints, and what starts them."""
