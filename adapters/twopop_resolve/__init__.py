"""DaVinci Resolve as a host: reads its open timeline and puts changes into a new one or into that one."""
