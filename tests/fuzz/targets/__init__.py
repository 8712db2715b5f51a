"""One target a file: its module holds a `Target` named TARGET."""
