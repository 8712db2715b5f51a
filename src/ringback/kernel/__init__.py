"""Words that everyone shares; this floor imports nothing of ours."""
