"""Coverage-guided fuzzing: any octets into everything that reads what others wrote. `python -m tests.fuzz --help`."""
