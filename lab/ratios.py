"""RATIOS: what a benchmark's rows say about each other; a ratio within one run is what a noisy machine can tell."""

# name: (row, field, divided by that of row)
SPENT, RATE = "cpu_us_per_request", "requests_per_second"
RATIOS = {
    "processor time: off / plain": ("off", SPENT, "plain"),
    "processor time: redis / plain": ("redis", SPENT, "plain"),
    "processor time: near / plain": ("near", SPENT, "plain"),
    "processor time: redis / bare": ("redis", SPENT, "bare"),
    "processor time: near / bare": ("near", SPENT, "bare"),
    "processor time: redis / cacheops": ("redis", SPENT, "cacheops"),
    "processor time: redis / cachalot": ("redis", SPENT, "cachalot"),
    "processor time: redis / cache_page": ("redis", SPENT, "cache_page"),
    "throughput: edge / plain": ("edge", RATE, "plain"),
    "throughput: through HAProxy / without": ("through HAProxy", RATE, "without HAProxy"),
}


def ratios(rows):
    """{name: value} of every ratio whose two rows were measured; a token's cost is told in bare callables."""
    found = {row["name"]: row for row in rows}
    told = {
        name: round(found[row][field] / found[other][field], 3)
        for name, (row, field, other) in RATIOS.items()
        if row in found and other in found
    }
    token = found["redis+token"][SPENT] - found["redis"][SPENT]
    return told | {"processor time: what a token adds / bare": round(token / found["bare"][SPENT], 3)}
