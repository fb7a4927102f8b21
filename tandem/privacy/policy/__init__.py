"""Who may reach what: one file of rules, and everything that is generated from it. No Django."""
