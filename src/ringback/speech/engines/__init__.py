"""Speech engines, one file each."""
