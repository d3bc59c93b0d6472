"""Every correction of a fault in moto 5.2.5; each has a test that fails once moto has corrected it itself."""
