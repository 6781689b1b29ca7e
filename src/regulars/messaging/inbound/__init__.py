"""E-mail that comes in: what it is (a bounce, a complaint, a reply, or none of them), and what follows from it."""
