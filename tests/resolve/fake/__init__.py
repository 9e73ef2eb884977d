"""A Resolve for tests: the published API over a small model, with the behaviours that were measured of the real one.

Strict: a name or an argument that the published text does not have fails the test. `Behaviour` says what goes wrong.
"""
