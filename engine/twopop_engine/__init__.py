"""The engine: a local gRPC server that measures and renders."""
