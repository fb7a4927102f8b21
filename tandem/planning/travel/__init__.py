"""Minutes between posts, places and hospitals: straight lines, a matrix, or a road graph."""

from tandem.planning.travel.roads import roads_of

__all__ = ["roads_of"]
