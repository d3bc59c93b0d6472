"""Jobs and endpoints on a small data set, as a client of SageMaker makes them."""
