"""How often the seasonal guard is right: false pages with and without it, and outages missed."""

from seasons import nights, season

_SERVICES = 100


def bench_false_pages_on_generated_seasons() -> None:
    some = [season(seed) for seed in range(_SERVICES)]

    found = {guarded: nights(some, guarded=guarded) for guarded in (False, True)}

    for guarded, one in found.items():
        print(
            f"\n{'with' if guarded else 'without'} the guard: {one.rate:.2f} false pages a service "
            f"and week, {one.missed} of {one.outages} outages missed, found after {one.delay}"
        )
    assert found[True].missed == found[False].missed == 0
    assert found[True].rate < found[False].rate / 20
