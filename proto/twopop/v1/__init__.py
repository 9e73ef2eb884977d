"""The protocol's messages and services, generated from the .proto files beside this one by `make proto`."""
