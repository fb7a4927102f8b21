"""The pages of desks and responders."""
