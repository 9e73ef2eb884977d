"""How `twopop-lipsync.v1` was trained; README.md beside this tells the steps."""
