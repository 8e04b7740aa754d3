"""Mail that comes back: reports of non-delivery, complaints, answers, automatic answers, wishes to be left alone.

server.py   takes mail by SMTP, says 250 only when it is stored
read.py     bytes → what it is (pure; whatever the bytes)
act.py      what follows from it, in one transaction with storing it
"""
