"""How much of change/ its tests hold: mutmut plants one fault at a time, and what no test notices survives."""
