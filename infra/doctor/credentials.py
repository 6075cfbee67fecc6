"""Says whose credentials the environment holds, or why SAM could not use them.

With the argument "region" it prints the region that they work in, alone. Run it
with the Python that SAM is installed for.
"""
import os
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

session = boto3.Session(region_name=os.environ.get("AWS_REGION"))  # which boto3 itself does not read
if not session.region_name:
    sys.exit("skala: no region: set AWS_REGION to the one that the desk shall run in")
if sys.argv[1:] == ["region"]:
    print(session.region_name)
    sys.exit()
try:
    who = session.client("sts").get_caller_identity()
except (BotoCoreError, ClientError) as error:
    sys.exit(f"skala: no AWS credentials that work: {error}")
print(f"deploying into account {who['Account']}, region {session.region_name}, as {who['Arn']}")
