"""What everything else stands on: plain Python that imports nothing of ours and no Django."""
