"""What is sent again and what is not, against a server that misbehaves to order."""
import ast
import http.server
import json
import os
import pathlib
import socket
import ssl
import tempfile
import threading
import unittest
import warnings

import flyball
from flyball import Client, ConnectionFailed, EngineError, EngineNotRunning, NotAuthorised, NotFound, RateLimited, StateChanged, Unavailable

METADATA = {
    "name": "m", "versions": ["1"], "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 1], "parameters": {"kind": "numeric"}}],
    "parameters": {"task": "binary", "target": "y", "classes": '["no","yes"]', "maximum_rows": "2", "champion": "1"}}


class Script(http.server.BaseHTTPRequestHandler):
    """Answers from the server's list: a status with headers and a body, or `drop`, which closes the connection after the request is read."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.do_POST()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        answer = self.server.answers.pop(0)
        if answer == "drop":
            self.close_connection = True
            return
        status, headers, content = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        # Keeps what it says about keep-alive and closes all the same.
        if self.server.closes:
            self.close_connection = True


def ok(value):
    return 200, {}, json.dumps(value).encode()


def error(status, text="no", **headers):
    return status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps({"error": text}).encode()


def scores(*values):
    return ok({"model_name": "m", "model_version": "1", "parameters": {"prediction_id": "0000000000001", "arm": "champion"},
               "outputs": [{"name": "score", "datatype": "FP64", "shape": [len(values), 1], "data": values}]})


class Transport(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Script)
        self.server.asked, self.server.answers, self.server.closes = [], [], False
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def answers(self, *answers):
        self.server.answers[:] = answers

    def test_an_error_carries_what_the_engine_said(self):
        for status, kind in ((400, EngineError), (401, NotAuthorised), (403, NotAuthorised), (404, NotFound), (409, StateChanged),
                             (413, EngineError), (500, EngineError)):
            self.answers(error(status, "inputs[0] \"x\": data[1]: out of range"))
            with self.assertRaises(kind) as caught:
                Client(self.url).status()
            self.assertEqual((caught.exception.status, caught.exception.message), (status, 'inputs[0] "x": data[1]: out of range'))
            self.assertIn("GET " + self.url + "/v1/status", str(caught.exception))
        self.answers((502, {}, b"<html>proxy"))
        with self.assertRaisesRegex(EngineError, "<html>proxy"):
            Client(self.url).status()

    def test_a_redirection_is_not_followed(self):
        self.answers((302, {"Location": "http://elsewhere/"}, b""))
        with self.assertRaisesRegex(EngineError, "not followed"):
            Client(self.url, "secret").status()

    def test_what_was_turned_away_is_asked_again_within_the_patience(self):
        self.answers(error(503, Retry_After="0"), error(429, Retry_After="0"), ok({"a": 1}))
        self.assertEqual(Client(self.url).status(), {"a": 1})
        self.answers(error(503, Retry_After="60"))
        with self.assertRaises(Unavailable) as caught:
            Client(self.url).status()
        self.assertEqual(caught.exception.retry_after, 60)
        self.answers(error(429, Retry_After="0"))
        with self.assertRaises(RateLimited):
            Client(self.url, patience=-1).status()
        # Nobody said when to come back.
        self.answers(error(503))
        with self.assertRaises(Unavailable):
            Client(self.url).status()

    def test_a_change_is_sent_once(self):
        for answer, kind in ((error(503, Retry_After="0"), Unavailable), ("drop", ConnectionFailed)):
            self.server.asked.clear()
            self.answers(answer, ok({"summary": "twice", "at": ""}))
            with self.assertRaises(kind):
                Client(self.url, "t").promote("m", "v2", reason="compared")
            self.assertEqual(len(self.server.asked), 1)
        self.assertEqual(json.loads(self.server.asked[0][3]), {"version": 2, "reason": "compared"})
        # The token's rate was asked before anything was done.
        self.answers(error(429, Retry_After="0"), ok({"summary": "done", "at": "", "journal_row": 5, "swap_nanoseconds": 1000}))
        receipt = Client(self.url, "t").rollback("m")
        self.assertEqual((receipt.summary, receipt.journal_row, receipt.swap_seconds), ("done", 5, 1e-6))

    def test_a_change_does_not_trust_a_connection_that_was_kept(self):
        self.server.closes = True
        client = Client(self.url, "t")
        self.answers(ok({}), ok({"summary": "done", "at": ""}))
        client.status()
        client.pause("m", fallback="last-known-good")
        self.assertEqual(len(self.server.asked), 2)

    def test_a_kept_connection_that_the_engine_closed_costs_nobody_an_answer(self):
        self.server.closes = True
        client = Client(self.url, patience=0)
        for value in range(3):
            self.answers(ok({"n": value}))
            self.assertEqual(client.status(), {"n": value})

    def test_a_prediction_whose_answer_is_lost_says_so(self):
        self.answers(ok(METADATA), "drop", "drop")
        with self.assertRaises(ConnectionFailed) as caught:
            Client(self.url, patience=0).predict({"x": 1}, "m")
        self.assertTrue(caught.exception.sent)

    def test_whoever_is_not_there_yet_is_waited_for(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with self.assertRaisesRegex(ConnectionFailed, "is the engine running"):
            Client(f"127.0.0.1:{port}", patience=0.2).status()
        late = []

        def start():
            server = http.server.HTTPServer(("127.0.0.1", port), Script)
            server.asked, server.answers, server.closes = [], [ok({"late": True})], True
            late.append(server)
            server.handle_request()
            server.server_close()

        timer = threading.Timer(0.3, start)
        timer.start()
        self.assertEqual(Client(f"127.0.0.1:{port}").status(), {"late": True})
        timer.join()

    def test_a_silent_engine_is_given_up(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            with self.assertRaisesRegex(ConnectionFailed, "no answer within 0.2 s"):
                Client(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).status()

    def test_many_rows_are_several_requests_and_one_answer(self):
        self.answers(ok(METADATA), scores(0.1, 0.7), scores(0.5))
        found = Client(self.url).predict({"x": [1, 2, 3]}, "m")
        self.assertEqual(found.scores, [0.1, 0.7, 0.5])
        self.assertEqual(found.labels, ["no", "yes", "yes"])
        self.assertEqual(found.ids, ["0000000000001", "0000000000001.1", "0000000000001"])
        self.assertEqual([one.version for one in found], [1, 1, 1])
        self.assertEqual(found[-1].scores, {"no": 0.5, "yes": 0.5})
        self.answers(ok(METADATA), scores(0.1, 0.7), error(400, "no"))
        with self.assertRaisesRegex(EngineError, "rows 2 to 2"):
            Client(self.url).predict({"x": [1, 2, 3]}, "m")

    def test_a_bad_cell_in_the_last_row_sends_nothing(self):
        self.answers(ok(METADATA))
        with self.assertRaisesRegex(flyball.CellError, "column 'x', row 2"):
            Client(self.url).predict({"x": [1, 2, "three"]}, "m")
        self.assertEqual(len(self.server.asked), 1)

    def test_labels_that_are_not_taken_are_an_error_that_has_them_all(self):
        results = {"results": [{"id": "a", "outcome": "accepted"}, {"id": "b", "outcome": "conflict", "reason": "another value stands"}]}
        self.answers(ok(results), ok(results))
        client = Client(self.url, model="m")
        with self.assertRaisesRegex(flyball.LabelsRefused, "1 of 2 labels.*b: another value stands") as caught:
            client.label(["a", "b"], ["yes", "no"])
        self.assertEqual(caught.exception.results.counts, {"accepted": 1, "conflict": 1})
        self.assertEqual([one.id for one in client.label(["a", "b"], ["yes", "no"], check=False).refused], ["b"])
        for ids, values in ((["a"], []), (["a"], [None]), ([""], ["yes"]), (["a"], [float("inf")]), (["a"], [object()])):
            with self.assertRaises(flyball.CellError):
                client.label(ids, values)

    def test_the_token_goes_with_every_request_and_only_in_a_header(self):
        self.answers(ok({}), ok({}))
        client = Client(self.url, "flyball_secret")
        client.status()
        self.assertEqual(self.server.asked[0][2]["Authorization"], "Bearer flyball_secret")
        self.assertNotIn("secret", repr(client))
        for wrong in ("", "two words", "line\r\nHost: x"):
            with self.assertRaises(ValueError):
                Client(self.url, wrong)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            Client("http://models.example", "secret")
        self.assertIn("clear text", str(caught[0].message))

    def test_addresses_that_are_none_are_refused(self):
        for wrong in ("", "ftp://x", "http://", "http://user:word@host", "http://h/?q"):
            with self.assertRaises(ValueError):
                Client(wrong)
        with self.assertRaises(ValueError):
            Client("http://h", context=ssl.create_default_context())
        self.assertEqual(Client("https://h/engine/").address, "https://h:443/engine")
        self.assertEqual(Client("[::1]:8080").address, "http://[::1]:8080")

    def test_tls_is_spoken_and_checked(self):
        # The server speaks no TLS: whoever asks for it must not be answered in clear.
        with self.assertRaisesRegex(ConnectionFailed, "TLS|connection"):
            Client(self.url.replace("http", "https"), patience=0).status()
        self.assertEqual(self.server.asked, [])

    def test_which_model_must_be_said(self):
        with self.assertRaisesRegex(ValueError, "which model"):
            Client(self.url).predict({"x": 1})
        with self.assertRaisesRegex(ValueError, "no version"):
            Client(self.url, "t").promote("m", "newest")


class Workspaces(unittest.TestCase):
    def test_a_workspace_without_an_engine_says_how_to_start_one(self):
        with tempfile.TemporaryDirectory() as directory:
            with self.assertRaisesRegex(EngineNotRunning, "serve"):
                Client.of(directory)
            run = pathlib.Path(directory, "run")
            run.mkdir()
            (run / "lock").touch()
            (run / "engine.json").write_text('{"pid":1,"http":"0.0.0.0:8080","startedAt":0,"version":"1"}')
            # The file of an engine that has died.
            with self.assertRaisesRegex(EngineNotRunning, "is gone"):
                Client.of(directory)
            if os.name == "posix":
                import fcntl

                with open(run / "lock") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    self.assertEqual(Client.of(directory).address, "http://127.0.0.1:8080")
                    (run / "engine.json").write_text('{"pid":1,"startedAt":0,"version":"1"}')
                    with self.assertRaisesRegex(EngineNotRunning, "does not serve over HTTP"):
                        Client.of(directory)
                    (run / "engine.json").write_text("{")
                    with self.assertRaisesRegex(EngineNotRunning, "cannot be read"):
                        Client.of(directory)


class Sources(unittest.TestCase):
    def test_the_package_is_written_for_python_3_9(self):
        for path in pathlib.Path(flyball.__file__).parent.glob("*.py"):
            ast.parse(path.read_text(), feature_version=(3, 9))


if __name__ == "__main__":
    unittest.main()
