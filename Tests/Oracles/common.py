"""What the oracle scripts share: where golden files go, and the versions that they carry."""
import json
import pathlib

TESTS = pathlib.Path(__file__).resolve().parent.parent


def write(name, value, *modules, tests="LearningTests"):
    value = {"versions": {module.__name__: module.__version__ for module in modules}, **value}
    path = TESTS / tests / "Golden" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n")
    print("wrote", path.relative_to(TESTS))
