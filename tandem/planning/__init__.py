"""How many teams, when and where: plain Python, no Django, no pages."""
