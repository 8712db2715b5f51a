"""The customers' documents: parsing them and running their verbs."""
