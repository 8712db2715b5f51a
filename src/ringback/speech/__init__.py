"""Speech: text to sound."""
