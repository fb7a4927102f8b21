"""Acts of the two desks, one module for each compartment and one for what crosses."""
