"""ACTIONS: from a parsed command line to the room that does the work, and its answer to stdout."""

import json

from lab.failures import WrongUsage
from lab.home import Home


def run(arguments):
    """Does the command and returns its exit code."""
    return ACTIONS[arguments.command](Home(), arguments)


def _answer(arguments, document, text, healthy=True):
    print(json.dumps(document, indent=2) if arguments.json else text)
    return 0 if healthy else 1


def _up(home, arguments):
    from lab import lock, status, up

    with lock.only_one(home, "up"):
        up.up(home, replicas=arguments.replicas, workers=arguments.workers, settings=arguments.set)
        document = status.status(home)
    return _answer(arguments, document, status.welcome(document))


def _status(home, arguments):
    from lab import status

    document = status.status(home)
    return _answer(arguments, document, status.as_text(document), document["healthy"])


def _audit(home, arguments):
    from lab import audit

    document = audit.audit(home)
    return _answer(arguments, document, audit.as_text(document), document["ok"])


def _secrets(home, arguments):
    from lab import secrets

    values = secrets.generate()
    return _answer(arguments, values, secrets.as_lines(values).rstrip())


def _logs(home, arguments):
    from lab import logs

    logs.show(home, arguments.name, follow=arguments.follow)


def _scale(home, arguments):
    from lab import lock, scale

    with lock.only_one(home, "scale"):
        scale.scale(home, arguments.group, arguments.number)
    return _done(arguments, f"{arguments.group}: {arguments.number}")


def _workers(home, arguments):
    from lab import lock, scale

    with lock.only_one(home, "workers"):
        scale.scale(home, "worker", arguments.number)
    return _done(arguments, f"workers: {arguments.number}")


def _rolling_restart(home, arguments):
    from lab import lock, scale

    with lock.only_one(home, "rolling-restart"):
        scale.rolling_restart(home)
    return _done(arguments, "every service was started again")


def _kill(home, arguments):
    from lab import faults

    # A fault strikes at any time, so this is the one command that does not wait for another to end.
    faults.kill(home, arguments.name, arguments.signal)
    return _done(
        arguments,
        f"{arguments.name} was sent {arguments.signal}; ./escala start {arguments.name} brings it back",
    )


def _start(home, arguments):
    from lab import faults, lock

    with lock.only_one(home, "start", patience=30):
        faults.start(home, arguments.name)
    return _done(arguments, f"{arguments.name} runs")


def _stop(home, arguments):
    from lab import faults, lock

    with lock.only_one(home, "stop", patience=30):
        faults.stop(home, arguments.name)
    return _done(
        arguments, f"{arguments.name} is stopped; ./escala start {arguments.name} brings it back"
    )


def _down(home, arguments):
    from lab import down, lock

    with lock.only_one(home, "down", patience=10):
        down.down(home, wipe=arguments.wipe)
    return _done(arguments, f"nothing of {home.folder} runs any more")


def _bench(home, arguments):
    if arguments.growth:
        return _growth(home, arguments)
    from lab import bench, bench_report
    from lab.bench_chart import chart

    if arguments.write and not arguments.peers:
        raise WrongUsage("the README's table has the peers too", "./escala bench --peers --write")
    document = bench.bench(peers=arguments.peers, repeats=arguments.repeats)
    bench_report.save(home, "bench", document, chart(document))
    if arguments.write:
        bench_report.write_readme(document)
    return _answer(arguments, document, bench_report.as_text(document))


def _growth(home, arguments):
    from lab import bench_report, growth, growth_targets

    if arguments.peers or arguments.write:
        raise WrongUsage(
            "--growth measures other things than --peers and --write", "./escala bench --growth"
        )
    document = growth.growth(repeats=arguments.repeats)
    bench_report.save(home, "growth", document)
    return _answer(arguments, document, growth_targets.as_text(document))


def _run(home, arguments):
    from lab import run

    document = run.run(
        home,
        arguments.experiments,
        quick=arguments.quick,
        seed=arguments.seed,
        prove=arguments.prove,
    )
    return _answer(arguments, document, run.as_text(document), run.is_as_demanded(document))


def _report(home, arguments):
    from lab import report, results

    folder = arguments.folder or results.latest_folder(home)
    if arguments.figures:
        paths = [str(path) for path in report.write_figures(folder, arguments.figures)]
        return _answer(arguments, {"figures": paths}, "\n".join(paths))
    path = str(report.write(folder))
    return _answer(arguments, {"report": path}, path)


def _experiments(home, arguments):
    from lab import run

    document = {"experiments": run.listed()}
    return _answer(arguments, document, run.list_as_text(document))


def _done(arguments, text):
    return _answer(arguments, {"done": text}, text)


ACTIONS = {
    "up": _up,
    "secrets": _secrets,
    "status": _status,
    "scale": _scale,
    "workers": _workers,
    "rolling-restart": _rolling_restart,
    "kill": _kill,
    "start": _start,
    "stop": _stop,
    "logs": _logs,
    "audit": _audit,
    "bench": _bench,
    "run": _run,
    "experiments": _experiments,
    "report": _report,
    "down": _down,
}
