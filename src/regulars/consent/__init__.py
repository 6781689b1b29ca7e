"""What a customer allows and wishes: standing words, what is never written to, her own switches."""
