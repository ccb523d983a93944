"""A real engine on a workspace of its own, for tests: `$FLYBALL` names the program."""
import contextlib
import csv
import datetime
import os
import pathlib
import random
import signal
import subprocess
import tempfile
import threading

PROGRAM = os.environ.get("FLYBALL")
#: A deadline for a test that hangs, seconds; nothing is timed by it.
DEADLINE = 300


def customers(path, rows=600):
    """A table with every kind of column, gaps included."""
    chance = random.Random(13)
    start = datetime.datetime(2024, 3, 1)
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["signup", "visits", "spent", "member", "zip", "plan", "churned", "price"])
        for row in range(rows):
            visits, spent, member = chance.randint(0, 30), chance.lognormvariate(3, 1), chance.random() < 0.5
            code = chance.choice(["0100", "0200", "9000"])
            plan = chance.choices(["free", "plus", "pro"], [30 - visits, 10, visits + 3 * member])[0]
            score = 0.15 * (12 - visits) + (0.8 if code == "0100" else 0) - (1.2 if member else 0) + chance.gauss(0, 0.7)
            writer.writerow([
                (start + datetime.timedelta(hours=row)).isoformat(sep=" "), visits, "" if chance.random() < 0.1 else f"{spent:.2f}",
                "True" if member else "False", code, plan, "yes" if score > 0 else "no", f"{10 + 2 * visits + chance.gauss(0, 3):.3f}"])


class Engine:
    """Commands on one workspace, and the engine that serves it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.workspace = self.directory / "W"
        self.data = self.directory / "customers.csv"
        customers(self.data)
        self.process = None

    @property
    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYBALL_", "XDG_"))}
        return {**kept, "PATH": f"{pathlib.Path(PROGRAM).parent}:{kept.get('PATH', '')}", "HOME": str(self.directory), "TZ": "UTC"}

    def flyball(self, *arguments):
        """A command's output; it must succeed."""
        result = subprocess.run(
            [PROGRAM, "--workspace", str(self.workspace), *arguments], capture_output=True, text=True, env=self.environment,
            cwd=self.directory, timeout=DEADLINE)
        if result.returncode:
            raise AssertionError(f"flyball {' '.join(arguments)}: {result.returncode}: {result.stderr}")
        return result.stdout

    def deploy(self, name, target, *more):
        others = {"churned": "price", "price": "churned", "plan": "churned,price"}[target]
        self.flyball(
            "deploy", name, "--data", str(self.data), "--target", target, "--time", "signup", "--exclude", others, "--categorical", "zip",
            "--wait", *more)

    def start(self, *command):
        """Starts `serve`, or a shell's words for it, and waits until it listens."""
        self.process = subprocess.Popen(
            command or [PROGRAM, "--workspace", str(self.workspace), "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env=self.environment, cwd=self.directory, start_new_session=True)
        timer = threading.Timer(DEADLINE, self.stop)
        timer.start()
        try:
            if not any(line.startswith("listening on ") for line in self.process.stdout):
                raise AssertionError(f"the engine did not start: {self.process.args}")
        finally:
            timer.cancel()

    def stop(self):
        """Ends the process that `start` started, and those that it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process.stdout.close()
        self.process = None


@contextlib.contextmanager
def engine():
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        made = Engine(directory)
        try:
            yield made
        finally:
            made.stop()
