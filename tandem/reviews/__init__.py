"""What supervisors owe: reviews of what happened, co-signatures of response plans."""
