"""The stories in which several rooms act together."""
