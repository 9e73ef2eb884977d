"""The OTIO host: reads timelines and applies change lists to them."""
