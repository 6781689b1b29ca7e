"""The town's everyday life: people who look, buy, give, return and complain, with the truth about each of it."""
