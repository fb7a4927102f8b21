"""The safety of those who go: emergencies pressed, and who noticed."""
