"""How the service listens: who may connect, how many, how long each may take, and whose address counts."""
