"""What asks AWS, each with a client that it gets; `clients` makes them."""
