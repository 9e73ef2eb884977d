"""The table of jobs against the protocol."""

import re
from pathlib import Path

from twopop_engine.services.registry import CAPABILITIES

PROTO = Path(__file__).parents[2] / "proto" / "twopop" / "v1"


def promised() -> dict[str, tuple[str, str]]:
    """Every RPC that starts an operation, with its request and what its comment names as the result."""
    found = {}
    for path in PROTO.glob("*.proto"):
        text = path.read_text()
        for service, body in re.findall(r"^service (\w+) \{\n(.*?)^\}", text, re.M | re.S):
            pattern = r"((?:  //[^\n]*\n)+)  rpc (\w+)\((\w+)\) returns \(Operation\);"
            for comment, rpc, request in re.findall(pattern, body):
                result = re.search(r"Result:\s*(?://)?\s*(\w+)", comment)
                if result:
                    found[f"twopop.v1.{service}/{rpc}"] = (request, result[1])
    return found


def test_every_rpc_that_starts_an_operation_has_a_job() -> None:
    table = {it.method: (it.request.DESCRIPTOR.name, it.result.DESCRIPTOR.name) for it in CAPABILITIES}
    assert table == promised()


def test_each_request_class_stands_for_one_job() -> None:
    assert len({it.request for it in CAPABILITIES}) == len(CAPABILITIES)
