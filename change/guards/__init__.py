"""What is dangerous about a plan, or forbidden: findings from its steps and what surrounds them. Pure, and tables.

A finding either raises a step's risk, with the diff line that caused it, or refuses the plan. Risk never falls.
"""
