"""The client against a real engine."""
import csv
import datetime
import io
import json
import threading
import unittest

import flyball
from flyball import Client, EngineError, EngineNotRunning, LabelsRefused, NotAuthorised, NotFound, StateChanged, Unavailable

from engine import PROGRAM, engine

try:
    import numpy
    import pandas
except ImportError:
    numpy = pandas = None

ROW = {"signup": "2024-03-20 10:00", "visits": 3, "spent": 20.5, "member": True, "zip": "0100", "plan": "free"}


@unittest.skipUnless(PROGRAM, "$FLYBALL names no program")
class RealEngine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = engine()
        cls.engine = cls.house.__enter__()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.engine.deploy("churn", "churned", "--positive", "yes", "--algorithm", "logistic")
        cls.engine.flyball("train", "churn", "--data", str(cls.engine.data), "--algorithm", "boosted-trees", "--wait")
        cls.engine.deploy("price", "price", "--algorithm", "ridge")
        cls.engine.deploy("plans", "plan")
        cls.admin = cls.engine.flyball("token", "create", "ci", "--scopes", "admin").strip()
        cls.scorer = cls.engine.flyball("token", "create", "scorer", "--scopes", "infer", "--deployments", "churn").strip()
        cls.engine.start()
        cls.client = Client.of(cls.engine.workspace)

    def rows(self, count=None):
        with open(self.engine.data, newline="") as file:
            return list(csv.DictReader(file))[:count]

    def by_file(self, name, **more):
        """What `flyball predict` says of the whole file."""
        arguments = [word for key, value in more.items() for word in (f"--{key}", value)]
        return list(csv.DictReader(io.StringIO(self.engine.flyball("predict", name, "--data", str(self.engine.data), *arguments))))

    def test_what_there_is(self):
        health = self.client.health()
        self.assertEqual((health.live, health.ready), (True, True))
        self.assertEqual([(one.name, one.version, one.ready) for one in self.client.models()],
                         [("churn", 1, True), ("plans", 1, True), ("price", 1, True)])
        model = self.client.model("churn")
        kinds = {feature.name: feature.kind for feature in model.features}
        self.assertEqual(kinds, {"signup": "time", "visits": "integer", "spent": "numeric", "member": "boolean", "zip": "categorical",
                                 "plan": "categorical"})
        self.assertEqual((model.task, model.target, model.classes, model.champion), ("binary", "churned", ("no", "yes"), 1))
        status = self.client.status()
        self.assertEqual({one["name"] for one in status["deployments"]}, {"churn", "plans", "price"})
        self.assertEqual("http://" + status["engine"]["http"], self.client.address)

    def test_answers_equal_those_to_a_file_in_every_shape_of_rows(self):
        texts = self.rows()
        wanted = self.by_file("churn")
        shapes = {"dicts": texts, "columns": {name: [row[name] for row in texts] for name in texts[0]}}
        if pandas:
            shapes["texts"] = pandas.read_csv(self.engine.data, dtype=str, keep_default_na=False)
            shapes["frame"] = pandas.read_csv(self.engine.data, dtype={"zip": str}, parse_dates=["signup"])
            shapes["nullable"] = shapes["frame"].convert_dtypes()
            shapes["categories"] = shapes["frame"].astype({"zip": "category", "plan": "category"})
        for shape, rows in shapes.items():
            found = self.client.predict(rows, "churn")
            self.assertEqual([f"{score:.12f}" for score in found.scores], [f"{float(row['score']):.12f}" for row in wanted], shape)
            self.assertEqual(found.labels, [row["label"] for row in wanted], shape)
            self.assertEqual(set(found.versions), {1})
        prices = self.client.predict(texts, "price")
        self.assertEqual([f"{score:.9f}" for score in prices.scores], [f"{float(row['score']):.9f}" for row in self.by_file("price")])
        self.assertEqual((prices[0].label, prices[0].scores), (None, {}))
        plans = self.client.predict(texts[:5], "plans")
        for one, row in zip(plans, self.by_file("plans")):
            self.assertEqual(set(one.scores), {"free", "plus", "pro"})
            self.assertAlmostEqual(sum(one.scores.values()), 1)
            for name, value in one.scores.items():
                self.assertAlmostEqual(value, float(row[f"score {name}"]), 12)
            self.assertEqual(one.label, row["label"])

    def test_missing_values_and_times_mean_what_they_mean_in_a_file(self):
        rows = [{**ROW, "spent": None, "zip": None}, {**ROW, "spent": float("nan"), "zip": "NA"}, {**ROW, "spent": "", "zip": ""}]
        self.assertEqual(len(set(self.client.predict(rows, "churn").scores)), 1)
        berlin = datetime.timezone(datetime.timedelta(hours=1))
        times = [datetime.datetime(2024, 3, 20, 10), datetime.datetime(2024, 3, 20, 11, tzinfo=berlin), "2024-03-20T10:00:00Z", 1710928800,
                 1710928800000, "1710928800"]
        times += [pandas.Timestamp("2024-03-20 10:00"), numpy.datetime64("2024-03-20T10:00")] if pandas else []
        scores = self.client.predict([{**ROW, "signup": one} for one in times], "churn").scores
        self.assertEqual(len(set(scores)), 1, scores)

    def test_a_frame_comes_back_as_a_frame(self):
        if not pandas:
            self.skipTest("without pandas")
        rows = pandas.read_csv(self.engine.data, dtype={"zip": str}).set_index("signup", drop=False).iloc[5:8]
        found = self.client.predict(rows, "plans").to_pandas()
        self.assertEqual(list(found.columns), ["id", "score", "label", "version", "score free", "score plus", "score pro"])
        self.assertTrue((found.index == rows.index).all())
        self.assertEqual(list(self.client.predict(rows, "price").to_pandas().columns), ["id", "score", "version"])

    def test_more_rows_than_a_request_may_have(self):
        most = self.client.model("churn").maximum_rows
        count = most + 7
        found = self.client.predict({**{name: [value] * count for name, value in ROW.items()}, "visits": [n % 31 for n in range(count)]}, "churn")
        self.assertEqual((len(found), len(found.parts), len(set(found.ids))), (count, 2, count))
        self.assertEqual(found.scores[0], found.scores[31 * (most // 31)])

    def test_a_version_can_be_named(self):
        pinned = self.client.predict(self.rows(3), "churn", version="v1")
        self.assertEqual((pinned.versions, pinned.parts[0].arm), ([1, 1, 1], "pinned"))
        with self.assertRaisesRegex(NotFound, "no such version"):
            self.client.predict(self.rows(3), "churn", version=99)

    def test_labels(self):
        rows = self.rows(4)
        answers = self.client.predict(rows, "churn", request_id="night")
        results = self.client.label(answers, [row["churned"] for row in rows])
        self.assertTrue(all(one.taken for one in results), results)
        # Twice is as good as once.
        again = self.client.label(answers, [row["churned"] for row in rows])
        self.assertTrue(set(again.counts) <= {"duplicate", "pending"}, again)
        other = "no" if rows[0]["churned"] == "yes" else "yes"
        with self.assertRaises(LabelsRefused) as caught:
            self.client.label([answers.ids[0], answers.ids[1], "0000000000000"], [other, "maybe", "yes"], model="churn")
        outcomes = [one.outcome for one in caught.exception.results]
        self.assertEqual(outcomes[1:], ["invalid", "unknown"])
        self.assertIn("no, yes", caught.exception.results[1].reason)
        self.assertTrue(self.client.label([answers.ids[0]], [other], model="churn", correct=True)[0].taken)
        prices = self.client.predict(rows, "price")
        self.assertTrue(all(one.taken for one in self.client.label(prices, [float(row["price"]) for row in rows])))

    def test_why(self):
        rows = self.rows(70)
        scores = self.client.predict(rows, "churn").scores
        reasons = self.client.explain(rows, "churn")
        self.assertEqual(len(reasons), 70)
        for one, score in zip(reasons, scores):
            output = one.outputs[0]
            self.assertAlmostEqual(output.base + sum(output.contributions.values()), output.score, 9)
            self.assertAlmostEqual(output.probability, score, 12)
            self.assertEqual(len(output.largest(2)), 2)

    def test_versions_and_changes(self):
        admin = Client(self.client.address, self.admin)
        self.assertEqual([one.name for one in admin.versions("churn") if one.role == "champion"], ["v1"])
        receipt = admin.promote("churn", "v2", reason="compared", expected_champion=1)
        self.assertEqual((receipt.deployment, receipt.version), ("churn", 2))
        self.assertGreater(receipt.journal_row, 0)
        try:
            # A client that asked before: what it knows of the columns holds.
            self.assertEqual(self.client.predict(ROW, "churn").versions, [2])
            found = {one.number: one for one in admin.versions("churn")}
            self.assertEqual(found[2].role, "champion")
            self.assertIn(1, found)
            with self.assertRaisesRegex(StateChanged, "you saw"):
                admin.promote("churn", 2, expected_champion=1)
            admin.pause("churn", reason="a test")
            with self.assertRaises(Unavailable) as caught:
                Client(self.client.address, patience=0).predict(ROW, "churn")
            self.assertIsNotNone(caught.exception.retry_after)
            admin.resume("churn")
            admin.freeze("churn", scope="learning")
            admin.unfreeze("churn", scope="learning")
        finally:
            admin.rollback("churn", 1, reason="the test is over")
        journal = self.engine.flyball("journal", "--json")
        self.assertIn("token:ci", journal)
        self.assertIn("compared", journal)

    def test_rights(self):
        with self.assertRaisesRegex(NotAuthorised, "a token is needed"):
            self.client.promote("churn", 2)
        scorer = Client(self.client.address, self.scorer)
        self.assertEqual(len(scorer.predict(ROW, "churn")), 1)
        self.assertEqual([(one.number, one.role) for one in scorer.versions("churn") if one.role], [(1, "champion")])
        for refused in (lambda: scorer.predict(ROW, "price"), lambda: scorer.explain(ROW, "churn"), scorer.status,
                        lambda: Client(self.client.address, "flyball_nothing").predict(ROW, "churn")):
            with self.assertRaises(NotAuthorised):
                refused()

    def test_the_engine_says_what_is_wrong(self):
        with self.assertRaisesRegex(NotFound, "did you mean churn|lists the deployments"):
            self.client.predict(ROW, "chum")
        with self.assertRaisesRegex(EngineError, "not a time"):
            self.client.predict({**ROW, "signup": "yesterday"}, "churn")
        with self.assertRaisesRegex(flyball.CellError, "column 'visits', row 1"):
            self.client.predict([ROW, {**ROW, "visits": "many"}], "churn")

    def test_threads_share_a_client(self):
        rows = self.rows(20)
        wanted = self.client.predict(rows, "churn").scores
        found, failures = [], []

        def ask():
            try:
                for _ in range(20):
                    found.append(self.client.predict(rows, "churn").scores == wanted)
                self.client.close()
            except Exception as failure:
                failures.append(failure)

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((failures, len(found), all(found)), ([], 160, True))


@unittest.skipUnless(PROGRAM, "$FLYBALL names no program")
class Restarts(unittest.TestCase):
    def test_a_workspace_whose_engine_ended_says_so_and_a_new_one_is_found(self):
        with engine() as made:
            with self.assertRaises(EngineNotRunning):
                Client.of(made.workspace)
            made.deploy("churn", "churned", "--algorithm", "logistic")
            made.start()
            client = Client.of(made.workspace, model="churn")
            self.assertEqual(len(client.predict(ROW)), 1)
            information = json.loads((made.workspace / "run" / "engine.json").read_text())
            made.stop()
            with self.assertRaises(EngineNotRunning):
                Client.of(made.workspace)
            # On the same port again: who keeps the client waits for it.
            timer = threading.Timer(0.3, made.start, [PROGRAM, "--workspace", str(made.workspace), "serve", "--listen", information["http"]])
            timer.start()
            self.assertEqual(len(client.predict(ROW)), 1)
            timer.join()


if __name__ == "__main__":
    unittest.main()
