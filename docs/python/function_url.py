import os
import urllib.request

import botocore.session

endpoint = os.environ["AWS_ENDPOINT_URL_LAMBDA"]
client = botocore.session.get_session().create_client("lambda", region_name="us-east-1", endpoint_url=endpoint)


def call(url):
    """Calls a function URL: its host is AWS's, the server answers it by a path with the same id."""
    url_id = url.removeprefix("https://").split(".")[0]
    with urllib.request.urlopen(f"{endpoint}/lambda-url/{url_id}/?name=Ada") as reply:
        return reply.status, reply.headers["content-type"], reply.read().decode()


cors = {"AllowOrigins": ["https://example.com"], "MaxAge": 60}
created = client.create_function_url_config(
    FunctionName="chat", AuthType="NONE", InvokeMode="RESPONSE_STREAM", Cors=cors
)
print("created:", created["FunctionArn"], created["InvokeMode"])
print("called:", *call(created["FunctionUrl"]))
try:
    client.create_function_url_config(FunctionName="chat", AuthType="NONE")
except client.exceptions.ResourceConflictException:
    print("created again: refused")

read = client.get_function_url_config(FunctionName="chat")
print("read:", read["InvokeMode"], read["Cors"])
updated = client.update_function_url_config(FunctionName="chat", InvokeMode="BUFFERED", Cors={})
print("updated:", updated["InvokeMode"], updated.get("Cors"), updated["FunctionUrl"] == created["FunctionUrl"])
pages = client.get_paginator("list_function_url_configs").paginate(FunctionName="chat")
print("listed:", [config["AuthType"] for page in pages for config in page["FunctionUrlConfigs"]])

client.delete_function_url_config(FunctionName="chat")
try:
    client.get_function_url_config(FunctionName="chat")
except client.exceptions.ResourceNotFoundException as error:
    print("deleted:", error)
