"""Tests of many timelines at once."""
