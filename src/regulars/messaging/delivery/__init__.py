"""What is kept of deliveries: the sandbox mailbox, what came in by e-mail, and questions with their turns."""
