"""A line of hexadecimal text is a frame to decode; the answer is a line of JSON."""

import json
import sys

import botocore
from botocore.eventstream import EventStreamBuffer

print(json.dumps(botocore.__version__), flush=True)


def plain(value):
    if isinstance(value, bool):
        return ["boolean", value]
    if isinstance(value, int):
        return ["number", str(value)]
    if isinstance(value, bytes):
        return ["binary", value.hex()]
    return ["string", value]


def decode(frame):
    buffer = EventStreamBuffer()
    buffer.add_data(frame)
    messages = list(buffer)
    if len(messages) != 1:
        raise ValueError(f"{len(messages)} messages")
    headers = [[name, *plain(value)] for name, value in messages[0].headers.items()]
    return {"headers": headers, "payload": messages[0].payload.hex()}


for line in sys.stdin:
    _, frame = line.split(" ")
    try:
        answer = decode(bytes.fromhex(frame.strip()))
    except Exception as error:
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
