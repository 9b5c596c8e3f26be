"""What an account has before a server hands jobs to AWS Batch: prepare.py ENDPOINT QUEUE DEFINITION, and prints the names of jobs in it with a fourth word."""

import json
import sys

import boto3

endpoint, queue, definition, *list_jobs = sys.argv[1:]


def client(name):
    return boto3.client(name, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y")


batch = client("batch")
if list_jobs:
    listed = batch.list_jobs(jobQueue=queue, filters=[{"name": "JOB_NAME", "values": ["*"]}])["jobSummaryList"]
    described = batch.describe_jobs(jobs=[job["jobId"] for job in listed])["jobs"] if listed else []
    print(json.dumps([[job["jobName"], job.get("parameters", {})] for job in described]))
else:
    role = client("iam").create_role(RoleName="batch", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    machines = batch.create_compute_environment(computeEnvironmentName="machines", type="UNMANAGED", state="ENABLED", serviceRole=role)
    order = [{"order": 1, "computeEnvironment": machines["computeEnvironmentArn"]}]
    batch.create_job_queue(jobQueueName=queue, state="ENABLED", priority=1, computeEnvironmentOrder=order)
    container = {"image": "glimpse:0.1.0", "command": ["worker", "--job", "Ref::job"], "memory": 2048, "vcpus": 1}
    batch.register_job_definition(jobDefinitionName=definition, type="container", parameters={"job": "-"}, containerProperties=container)
