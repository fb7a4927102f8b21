"""Two employers' rosters: where they meet as pairs, who may step in, and what may fill a month."""
