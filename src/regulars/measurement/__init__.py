"""What came of it: opens, clicks and purchases after a message, and extra sales against those held back."""
