"""What is in storage, as numbers for Prometheus."""
