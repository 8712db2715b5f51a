"""What the benchmarks of whole servers share: the servers, their peers, the load, and how a figure is found."""
