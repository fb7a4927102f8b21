"""Who may see and do what, and the trail of who did."""
