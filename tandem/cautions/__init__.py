"""What may endanger those who go: a hazard reported on this call, and the standing caution."""
