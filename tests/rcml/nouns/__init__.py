"""A folder of nouns, as <Dial> will have one."""
