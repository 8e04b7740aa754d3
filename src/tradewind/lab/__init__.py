"""A small internet on loopback: DNS, mailbox providers and the people behind the boxes. A simulation, no
prediction.
"""
