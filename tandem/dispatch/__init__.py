"""Units on duty, pairing, who was sent to what, and the times of each member."""
