"""Whether clips' own sound fits their picture, and slipping it where it does not."""
