"""Events of computer-aided dispatch, by HTTP."""
