"""How good the results are, measured against labels."""
