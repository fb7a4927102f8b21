"""The policy engine is plain Python: it answers where Django is absent."""

import subprocess
import sys

ALONE = """
import sys
sys.modules["django"] = None
from tandem.privacy.policy.explain import explain
from tandem.privacy.policy.load import policy
from tandem.privacy.policy.matrix import matrix_page
from tandem.privacy.policy.sql import statements
from tandem.privacy.policy.walk import walk
print(explain(policy(), "PO", "D6", "browse")["rule"], bool(matrix_page(policy())), walk.__name__)
"""


def test_the_policy_needs_no_django() -> None:
    ran = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert (ran.stdout.split(), ran.stderr) == (["1", "True", "walk"], "")
