"""A place on the shop's own site: who is there as far as that may be believed, and what is shown."""
