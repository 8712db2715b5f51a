"""Calls: legs of signalling and sound, and what can be done with them."""
