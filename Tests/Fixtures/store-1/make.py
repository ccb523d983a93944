"""Drives yesterday's program through everything that it stores, and writes down what it said."""
import csv, json, os, random, re, subprocess, sys, time, urllib.request, signal, shutil, datetime
F, OUT = sys.argv[1], sys.argv[2]
W = OUT + "/workspace"
random.seed(11)
def rows(n, shift=0.0):
    out = []
    for i in range(n):
        carrier = random.choice(["AA", "UA", "B6", "DL"]); dist = random.randint(100, 2500); hour = random.randint(5, 23)
        wet = random.random() < 0.3; temp = round(random.gauss(12 + shift, 8), 1)
        z = -1.2 + 0.11 * (hour - 12) + 0.9 * wet + {"AA": -.3, "UA": .4, "B6": .6, "DL": -.6}[carrier] + 0.03 * (temp - 12)
        late = random.random() < 1 / (1 + 2.718281828 ** -z)
        t = datetime.datetime(2026, 3, 1) + datetime.timedelta(minutes=13 * i)
        out.append(dict(time=t.strftime("%Y-%m-%dT%H:%M:%SZ"), carrier=carrier, distance=dist, hour=hour, wet=str(wet).lower(), temp="" if random.random() < .05 else temp, late="yes" if late else "no"))
    return out
def write(path, rs):
    with open(path, "w", newline="") as f:
        w = csv.DictWriter(f, rs[0].keys(), lineterminator="\n"); w.writeheader(); w.writerows(rs)
os.makedirs(OUT, exist_ok=True)
data = rows(700); write(OUT + "/delays.csv", data)
more = rows(900); write(OUT + "/delays-more.csv", more)
speed = [dict(load=round(random.uniform(0, 10), 2), kind=random.choice("abc")) for _ in range(400)]
for r in speed: r["minutes"] = round(3 + 2 * r["load"] + (r["kind"] == "b") * 4 + random.gauss(0, 1), 3)
write(OUT + "/minutes.csv", speed)
seg = [dict(x=round(random.gauss(0, 1), 3), y=round(random.gauss(0, 1), 3)) for _ in range(500)]
for r in seg: r["segment"] = "north" if r["x"] + random.gauss(0, .5) > .5 else ("east" if r["y"] + random.gauss(0, .5) > 0 else "west")
write(OUT + "/segments.csv", seg)
noise = [dict(a=round(random.gauss(0, 1), 3), b=round(random.gauss(0, 1), 3), y=random.choice(["yes", "no"])) for _ in range(400)]
write(OUT + "/noise.csv", noise)
(open(OUT + "/broken.csv", "w")).write("a,b\n1,2\n3\n")
def run(*a, ok=True, stdin=None):
    p = subprocess.run([F, *a], capture_output=True, text=True, env={**os.environ, "FLYBALL_WORKSPACE": W, "TZ": "UTC"}, input=stdin)
    print("$", " ".join(a)[:140], "->", p.returncode, (p.stdout + p.stderr).strip().replace("\n", " | ")[:160])
    if ok and p.returncode: raise SystemExit(p.stderr)
    return p
engine = subprocess.Popen([F, "--workspace", W, "serve", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
line = engine.stdout.readline(); print(line); url = "http://" + re.search(r"(127\.0\.0\.1:\d+)", line).group(1)
run("deploy", "delays", "--data", OUT + "/delays.csv", "--target", "late", "--positive", "yes", "--time", "time", "--algorithm", "logistic", "--wait")
run("deploy", "minutes", "--data", OUT + "/minutes.csv", "--target", "minutes", "--wait", ok=False)
run("deploy", "segments", "--data", OUT + "/segments.csv", "--target", "segment", "--algorithm", "softmax", "--wait", ok=False)
run("deploy", "online", "--data", OUT + "/delays.csv", "--target", "late", "--positive", "yes", "--time", "time", "--algorithm", "online-logistic", "--wait")
run("deploy", "refused", "--data", OUT + "/noise.csv", "--target", "y", "--algorithm", "logistic", "--wait", ok=False)
run("deploy", "failed", "--data", OUT + "/broken.csv", "--target", "b", "--wait", ok=False)
def infer(name, rs, cols, client=None):
    kinds = {"time": "BYTES", "carrier": "BYTES", "kind": "BYTES", "distance": "INT64", "hour": "INT64", "wet": "BOOL"}
    ins = []
    for c in cols:
        v = [r[c] for r in rs]
        k = kinds.get(c, "FP64")
        if k == "BOOL": v = [x == "true" for x in v]
        v = [None if x == "" else x for x in v]
        ins.append(dict(name=c, shape=[len(rs)], datatype=k, data=v))
    body = dict(inputs=ins)
    if client: body["id"] = client
    req = urllib.request.Request(f"{url}/v2/models/{name}/infer", json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(req))
def label(name, labels):
    req = urllib.request.Request(f"{url}/v1/deployments/{name}/labels", json.dumps(dict(labels=labels)).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(req))
cols = ["carrier", "distance", "hour", "wet", "temp", "time"]
doc = json.load(urllib.request.urlopen(url + "/v2/models/delays")); names = [i["name"] for i in doc["inputs"]]; print(names)
cols = [c for c in cols if c in names]
run("train", "delays", "--data", OUT + "/delays-more.csv", "--algorithm", "boosted-trees", "--set", "trees=20", "--wait", ok=False)
run("train", "delays", "--data", OUT + "/delays-more.csv", "--seed", "3", "--set", "l2=2", "--wait", ok=False)
answers = []
for r in more[:60]:
    r = dict(r, time="2026-04-01T12:00:00Z"); a = infer("delays", [r], cols, client="c" + r["time"] if len(answers) < 2 else None); answers.append((a["parameters"]["prediction_id"] if "parameters" in a else a["outputs"][0]["parameters"]["prediction_id"], r["late"], a))
odd = dict(more[60], carrier="ZZ", time="2026-04-01T12:00:00Z"); odd_answer = infer("delays", [odd], cols)
batch = infer("delays", [dict(r, time="2026-04-01T12:00:00Z") for r in more[61:91]], cols)
for r in more[:80]: 
    a = infer("online", [dict(r, time="2026-04-01T12:00:00Z")], cols); label("online", [dict(id=a["parameters"]["prediction_id"], value=r["late"])])
for r in seg[:10]: infer("segments", [r], ["x", "y"])
time.sleep(2.5)
print(label("delays", [dict(id=i, value=l) for i, l, _ in answers[:40]]))
print(label("delays", [dict(id=answers[0][0], value=answers[0][1])]))
print(label("delays", [dict(id=answers[1][0], value="yes" if answers[1][1] == "no" else "no")]))
print(label("delays", [dict(id=answers[2][0], value="yes" if answers[2][1] == "no" else "no", correct=True)]))
print(label("delays", [dict(id="0000000000042", value="yes")]))
vs = json.loads(run("versions", "delays", "--json").stdout)
vs = vs if isinstance(vs, list) else vs.get("versions", vs)
good = sorted(n for n in (int(v.get("number") or str(v.get("version") or v.get("name")).lstrip("v")) for v in vs if v["blessed"]) if n > 1)
print("blessed", good)
run("promote", "delays", f"v{good[-1]}", "--reason", "fixture")
run("rollback", "delays", "--reason", "it answered oddly")
if len(good) > 1: run("promote", "delays", f"v{good[0]}", "--reason", "the other one")
run("freeze", "segments", "--only", "learning", "--reason", "quarter end")
run("freeze", "online", "--only", "promotion", ok=False)
run("pause", "minutes", "--reason", "by hand", ok=False)
open(OUT + "/policy.toml", "w").write('automation = "auto"\n[retrain]\non_drift = true\nafter_labels = 5000\nwindow = "7d"\nminimum_labels = 200\ncooldown = "20m"\nalgorithm = ["logistic"]\n[promote]\nmax_per_day = 3\n')
run("policy", "apply", "delays", OUT + "/policy.toml")
run("train", "segments", "--data", OUT + "/segments.csv", "--set", "nonsense=1", "--wait", ok=False)
alerts = json.loads(run("alerts", "--all", "--json").stdout)
ids = [a["id"] for a in (alerts if isinstance(alerts, list) else alerts["alerts"]) if a["state"] == "firing"]
if ids: run("ack", str(ids[0]), "--note", "looked at it")
time.sleep(3)
run("publish", "online", ok=False)
said = {}
def keep(key, *a):
    t = run(*a, "--json").stdout
    try: said[key] = json.loads(t)
    except ValueError: said[key] = [json.loads(l) for l in t.splitlines() if l.strip()]
for n in ["delays", "minutes", "segments", "online", "refused"]: keep(f"versions {n}", "versions", n)
keep("jobs", "jobs"); keep("alerts", "alerts", "--all"); 
keep("predictions delays", "predictions", "delays", "--last", "200")
keep("status", "status")
said["policy delays"] = run("policy", "show", "delays").stdout
said["journal verify"] = run("journal", "verify").stdout.strip()
said["answers"] = [dict(request=dict(zip(cols, [more[i].get(c) for c in cols])), id=answers[i][0], answer=answers[i][2]) for i in range(5)]
probe = [dict(r, time="2026-04-02T12:00:00Z") for r in more[100:110]]
said["probe"] = dict(rows=probe, delays=infer("delays", probe, cols), online=infer("online", probe, cols))
said["odd"] = dict(row=odd, answer=odd_answer)
engine.send_signal(signal.SIGTERM); engine.wait()
json.dump(said, open(OUT + "/said.json", "w"), indent=1, sort_keys=True)
