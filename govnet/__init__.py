"""The faces: command line and reports. wire.py is the only file that names concrete classes."""
