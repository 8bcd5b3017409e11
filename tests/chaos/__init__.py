"""The experiment: deliveries through workers that are killed, a Redis that restarts, queues that are emptied.

    dice        what happens when, all of it from one number
    peers       a mail server and a gateway that refuse, dawdle, and hang up at the worst moment
    producer    publishes, and knows what was answered
    workers     start again what falls
    strikes     who is killed, and how
    audit       compares what arrived with what the record says
    experiment  all of it together;  report  one page

`python -m chaos --help`, or `make chaos`.
"""
