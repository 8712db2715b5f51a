"""A real telephone and a real customer's server, for tests."""
