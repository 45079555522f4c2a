"""An S3 server on loopback for tests of the file store, with one empty bucket a use."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import boto3
from botocore.config import Config as Boto
from moto.server import ThreadedMotoServer

from kernel.config import Config

_KEY_ID, _SECRET, _REGION = "testing", "a-secret-of-tests", "us-east-1"


@contextmanager
def running_s3() -> Iterator[str]:
    """The address of an S3 server that runs while the block does."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def with_bucket(config: Config, endpoint: str) -> Config:
    """`config` with its files in a new bucket of the server at `endpoint`."""
    bucket = f"lapak-{secrets.token_hex(4)}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=_REGION,
        aws_access_key_id=_KEY_ID,
        aws_secret_access_key=_SECRET,
        config=Boto(proxies={}, retries={"max_attempts": 1}),
    )
    client.create_bucket(Bucket=bucket)
    client.close()
    return replace(
        config,
        files_url=f"s3://{bucket}/toko",
        files_endpoint=endpoint,
        files_region=_REGION,
        files_key_id=_KEY_ID,
        files_secret=_SECRET,
    )
