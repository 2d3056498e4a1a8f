"""The faces: command line and reports. wire.py is where what touches a box is named."""
