"""Many timelines, conformed one after the other: what `twopop batch` and `twopop watch` share."""
