"""What an editor can ask for: the change list, and the actions that plan one."""
