"""Recordings made in code, whose answers are known exactly.

`pairs.make_pair` makes two recordings of one event, with rooms, noise, band limits, clocks and codecs, and says where
the one lies on the other's clock. The other modules are its parts and serve any test that needs sound.
"""
