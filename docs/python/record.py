import os

import botocore.session

# botocore reads the variable itself from 1.31 on; older ones have to be given it.
client = botocore.session.get_session().create_client(
    "lambda", region_name="us-east-1", endpoint_url=os.environ.get("AWS_ENDPOINT_URL_LAMBDA")
)
answer = client.invoke_with_response_stream(FunctionName="chat", Payload='{"name": "Ada"}')
for event in answer["EventStream"]:
    if "PayloadChunk" in event:
        print(event["PayloadChunk"]["Payload"].decode())
