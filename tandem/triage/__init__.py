"""Which calls may involve mental health, found and explained: plain Python, nothing leaves it."""
