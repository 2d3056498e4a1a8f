"""How anything changes: plan, guards, approval, waves, journal, latch. Knows no vendor and no protocol."""
