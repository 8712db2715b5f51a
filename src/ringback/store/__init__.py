"""Memory: the database, its tables, and the files beside it."""
