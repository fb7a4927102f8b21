"""What happened in person: two sealed lanes and how it ended, each value with its owner."""
