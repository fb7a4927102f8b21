"""How an assignment reaches a closed phone."""
