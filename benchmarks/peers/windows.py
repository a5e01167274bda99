"""How both peers are timed: the first step, three seconds to warm up, then five windows of a second, as `joule bench` does."""
import statistics
import time

WARM_UP, WINDOWS, SECONDS = 3, 5, 1


def report(name, step, wait, steps_per_call=1):
    """Prints one line. `wait` is given what the last step gave, and returns when the device is done with it."""

    def timed(calls):
        begin = time.perf_counter()
        for _ in range(calls):
            value = step()
        wait(value)
        return time.perf_counter() - begin

    def rate(seconds):
        """Steps a second."""
        begin, done = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds:
            timed(at_once)
            done += at_once * steps_per_call
        return done / (time.perf_counter() - begin)

    first = timed(1)
    # the device is waited for ten times a second, or once in a hundred steps: not after each, and so that calls do not pile up
    at_once = max(1, min(100 // steps_per_call, int(0.1 / timed(1))))
    rate(WARM_UP)
    rates = sorted(rate(SECONDS) for _ in range(WINDOWS))
    print(f"{name} steps/s {statistics.median(rates):.1f} min {rates[0]:.1f} max {rates[-1]:.1f} first-step-s {first:.2f}")
