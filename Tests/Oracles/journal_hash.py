"""The hash of a journal row, computed apart from Store: canonical bytes as its documentation states them (Python 3, hashlib)."""
import hashlib


def integer(value):
    return value.to_bytes(8, "big", signed=True)


def text(value):
    if value is None:
        return b"\0" + integer(0)
    data = value.encode()
    return b"\1" + integer(len(data)) + data


def row_hash(previous, sequence, time, actor, uid, role, verb, deployment, summary, reason, details):
    data = text(previous) + integer(sequence) + integer(time)
    for field in (actor, None if uid is None else str(uid), role, verb, deployment, summary, reason, details):
        data += text(field)
    return hashlib.sha256(data).hexdigest()


first = row_hash("0" * 64, 1, 1_700_000_000_000, "oncall (uid 1001)", 1001, "operator", "promote", "flights",
                 "v7 answers instead of v6", "größer", "{}")
second = row_hash(first, 2, -5, "policy:every", None, "admin", "note", None, "", None, '{"a":"b"}')
print(first)
print(second)
