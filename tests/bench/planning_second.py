"""HiGHS alone on one generated month: `python -m tests.bench.planning_second NUMBER`."""

from __future__ import annotations

import json
import sys

import highspy
import numpy as np

from tandem.planning.roster.generated import month_of
from tandem.planning.roster.second import program_of

SECONDS = 120.0


def main() -> int:
    """Print value and bound as one JSON array."""
    made = program_of(month_of(int(sys.argv[1])))
    matrix = made.matrix().tocsr()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(made.gain), len(made.low)
    model.col_cost_ = np.array(made.gain)
    model.col_lower_ = np.zeros(len(made.gain))
    model.col_upper_ = np.array(made.top)
    model.row_lower_, model.row_upper_ = np.array(made.low), np.array(made.high)
    model.sense_ = highspy.ObjSense.kMaximize
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    model.integrality_ = [
        highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for whole in made.whole
    ]
    solver = highspy.Highs()
    solver.silent()
    solver.setOptionValue("time_limit", SECONDS)
    solver.passModel(model)
    solver.run()
    told = solver.getInfo()
    print(json.dumps([told.objective_function_value, told.mip_dual_bound]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
