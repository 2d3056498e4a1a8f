"""What every server has: accounts, sshd, time, SNMP, the system log. One deploy a file."""
