"""Process charts: has this number changed, or is it what chance does every month?"""

from tandem.evaluation.charts.cusum import Cusum, cusum
from tandem.evaluation.charts.limits import KINDS, draw
from tandem.evaluation.charts.points import Chart, Signal
from tandem.evaluation.charts.sentences import SENTENCES, ChartError

__all__ = ["KINDS", "SENTENCES", "Chart", "ChartError", "Cusum", "Signal", "cusum", "draw"]
