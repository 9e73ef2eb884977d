"""Generates the stubs of twopop.v1 beside their .proto files.

    python proto/generate.py OUT

runs where grpcio-tools and mypy-protobuf are installed (`make proto`). The .proto files lie at their import path, so
the generated imports need no rewriting.
"""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path

from grpc_tools import protoc


def main(out: Path) -> int:
    """Writes the stubs of all .proto files under `out`, which is the import root.

    Returns:
        protoc's exit code.
    """
    source = Path(__file__).parent
    plugins = Path(sys.executable).parent
    protos = sorted(str(path.relative_to(source)) for path in source.glob("twopop/v1/*.proto"))
    google = resources.files("grpc_tools") / "_proto"
    return int(
        protoc.main(
            [
                "protoc",
                f"-I{source}",
                f"-I{google}",
                f"--plugin={plugins / 'protoc-gen-mypy'}",
                f"--plugin={plugins / 'protoc-gen-mypy_grpc'}",
                f"--python_out={out}",
                f"--grpc_python_out={out}",
                f"--mypy_out={out}",
                f"--mypy_grpc_out={out}",
                *protos,
            ]
        )
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
