import codecs
import json
import os

import botocore.session

# boto3.client("lambda", ...) makes the same client.
client = botocore.session.get_session().create_client(
    "lambda", region_name="us-east-1", endpoint_url=os.environ["AWS_ENDPOINT_URL_LAMBDA"]
)


def payloads(answer):
    """The payloads of a stream as they come. Fails at the end of one that is not whole, which botocore does not tell."""
    complete = None
    for event in answer["EventStream"]:
        if "PayloadChunk" in event:
            yield event["PayloadChunk"]["Payload"]
        complete = event.get("InvokeComplete", complete)
    if complete is None or complete.get("ErrorCode"):
        raise RuntimeError(f"The stream is not whole: {complete}")


def stream(name):
    answer = client.invoke_with_response_stream(FunctionName=name, Payload=json.dumps({"name": "Ada"}))
    try:
        # A character may be in two chunks.
        for text in codecs.iterdecode(payloads(answer), "utf-8"):
            print("chunk:", json.dumps(text))
    except RuntimeError as error:
        print("failed:", error)


buffered = client.invoke(FunctionName="chat", Payload=json.dumps({"name": "Ada"}))
print("buffered:", buffered["Payload"].read().decode())
stream("chat")
stream("cut")
try:
    stream("missing")
except client.exceptions.ResourceNotFoundException as error:
    print(error)
