"""What an event costs, beside what others take for less: `python -m benchmarks`, printed, never asserted on."""
