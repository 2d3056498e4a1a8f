"""What is up: SNMP and ICMP pollers, states, samples, uptime."""
