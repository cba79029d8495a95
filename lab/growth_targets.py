"""What growth is allowed to cost: the figures, their limits, and the table for people."""

LIMITS = {
    "page missed by the cache, large / small": 1.3,
    "order, large / small": 1.2,
    "slowest address of analytics, large, ms": 500,
    "import: all but validation / COPY": 10,
    "import: whole / validation": 2,
    "report: memory, MB": 200,
}


def figures(document):
    """{name: value} of each limit, from the rows and the long tasks of a benchmark."""
    rows = {row["name"]: row for row in document["rows"]}
    analytics = [row["large_ms"] for name, row in rows.items() if name.startswith("/analytics/")]
    whole, validation = (document["import"][f"{name}_seconds"] for name in ("whole", "validation"))
    values = (
        rows["page missed by the cache"]["ratio"],
        rows["order"]["ratio"],
        max(analytics),
        round((whole - validation) / document["import"]["copy_seconds"], 2),
        round(whole / validation, 2),
        document["report"]["peak_mb"],
    )
    return dict(zip(LIMITS, values, strict=True))


def targets(told):
    """{name: {target, met}} of these figures."""
    return {
        name: {"target": f"<= {limit:g}", "met": told[name] <= limit}
        for name, limit in LIMITS.items()
    }


def as_text(document):
    """The tables for people, in 80 columns."""
    lines = [
        f"{'median of an answer, ms':<34}{'small':>12}{'large':>12}{'ratio':>10}{'spread':>10}"
    ]
    for row in document["rows"]:
        name, few, many = row["name"], row["small_ms"], row["large_ms"]
        lines.append(
            f"{name:<34}{few:>12,.2f}{many:>12,.2f}{row['ratio']:>10.2f}{row['spread']:>10.1%}"
        )
    sizes, report, imported = document["sizes"], document["report"], document["import"]
    for size in ("small", "large"):
        lines.append(
            f"{size}: " + ", ".join(f"{count:,} {what}" for what, count in sizes[size].items())
        )
    lines += [
        "",
        f"report of {report['lines']:,} lines: {report['seconds']:.1f} s, {report['peak_mb']} MB",
        f"import of {imported['rows']:,} rows: {imported['whole_seconds']:.1f} s; validation alone "
        f"{imported['validation_seconds']:.1f} s, COPY {imported['copy_seconds']:.2f} s",
        "",
        f"{'figure':<46}{'value':>8}{'target':>12}",
    ]
    for name, value in document["figures"].items():
        target = document["targets"][name]
        lines.append(
            f"{name:<46}{value:>8}{target['target']:>12}  {'met' if target['met'] else 'missed'}"
        )
    return "\n".join(lines)
