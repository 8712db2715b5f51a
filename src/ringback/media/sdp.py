"""Session descriptions (RFC 8866, 4566): parse and print are inverse, unknown lines are kept."""
