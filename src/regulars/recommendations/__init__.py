"""What to show her next: what she will need again, and what she has never bought but may like."""
