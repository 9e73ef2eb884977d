"""Waveform sync: where files lie on a reference's clock."""
