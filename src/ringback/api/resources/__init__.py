"""Resources of the REST API, one file each."""
