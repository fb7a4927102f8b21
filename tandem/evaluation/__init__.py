"""Measures one can trust and effects one can believe: plain Python, no Django, no pages."""
