"""Examples of a page of the documentation, which stand between fences."""

import doctest
import re
import sys
from collections.abc import Callable


def run_examples(
    page: str, said: Callable[[str], object] = sys.stdout.write
) -> doctest.TestResults:
    """Run what a page shows at Python's prompt; a fence is no part of what an example prints."""
    text = re.sub(r"^```\w*$", "", page, flags=re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(text, {}, "page", None, 0)
    return doctest.DocTestRunner().run(examples, out=said)
