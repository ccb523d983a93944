"""docs/python.md, as it is printed: its shell blocks through a shell, its Python as doctests."""
import doctest
import os
import pathlib
import re
import unittest

from engine import PROGRAM, engine

try:
    import pandas
except ImportError:
    pandas = None

DOCUMENT = os.environ.get("FLYBALL_PYTHON_DOCS")
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@unittest.skipUnless(PROGRAM and DOCUMENT and pandas, "needs $FLYBALL, $FLYBALL_PYTHON_DOCS and pandas")
class Documentation(unittest.TestCase):
    def test_the_example_runs_as_it_is_printed(self):
        text = pathlib.Path(DOCUMENT).read_text("utf-8")
        blocks = re.findall(r"^```(sh|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        self.assertEqual([kind for kind, _ in blocks].count("sh"), 1)
        names, runner, here = {}, doctest.DocTestRunner(optionflags=OPTIONS), os.getcwd()
        with engine() as made:
            os.chdir(made.directory)
            try:
                for kind, block in blocks:
                    if kind == "sh":
                        made.start("bash", "-ec", block + "wait\n")
                        continue
                    example = doctest.DocTestParser().get_doctest(block, names, "docs/python.md", DOCUMENT, 0)
                    report = []
                    result = runner.run(example, out=report.append, clear_globs=False)
                    names = example.globs
                    self.assertEqual(result.failed, 0, "".join(report))
            finally:
                os.chdir(here)
        self.assertGreater(runner.tries, 25)


if __name__ == "__main__":
    unittest.main()
