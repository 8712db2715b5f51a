"""Verbs, one file each."""
