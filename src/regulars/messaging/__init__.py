"""What is said and how it gets there: messages said once, rendering, channels, what came back."""
