"""What is drawn, in few words."""

#: Figure → the name of its bar.
BARS = {
    "drain-rate": "this worker, all recorded",
    "smtplib-rate": "raw smtplib, one connection",
    "celery-rate": "bare Celery, two no-op tasks",
}
#: Every figure that has a target.
SHORT = {
    "drain-over-celery": "mails/s over bare Celery",
    "drain-cpu-over-smtplib": "CPU over raw smtplib",
    "drain-cpu": "CPU a mail",
    "worker-memory": "growth of workers' memory",
    "other-definitions": "10,000 other definitions",
    "evaluate": "evaluate only",
    "publish-over-xadd": "publish over XADD",
    "publish-batches": "publish in batches",
    "latency-p50": "latency p50",
    "latency-p99": "latency p99",
    "dead-provider": "beside a dead provider",
    "slow-provider": "a slow provider",
    "waiting-bytes": "bytes a waiting delivery",
    "waiting-bytes-shared": "the same, events shared",
    "status": "start of a command",
}
