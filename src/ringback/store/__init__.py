"""Memory: one database (SQLite or PostgreSQL) with one group-committing writer, one file a table, and files on disk."""
