"""What was asked for, by whom and when."""
