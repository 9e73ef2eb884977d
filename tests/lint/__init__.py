"""Timelines for lint's tests."""
