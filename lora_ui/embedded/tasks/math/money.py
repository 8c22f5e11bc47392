"""Buying and paying: prices, bills, change, unit prices, splitting a bill, profit."""

from __future__ import annotations

from decimal import Decimal

from lora_ui.embedded.tasks.math.calc import CENT, Number, div, show, sub
from lora_ui.embedded.tasks.math.wording import Draw, Steps, family


def banknote(d: Draw, cost: Number) -> int:
    """A round sum that someone would pay `cost` with."""
    return int(
        d.pick([n for n in (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if n > cost][:2])
    )


@family(1)
def price_times(d: Draw) -> Steps:
    (_, p), k = d.good(), d.whole(2, 10)
    d.put(p=p, k=k)
    return [d.cost("k", k, p)], p * k


@family(1)
def two_prices(d: Draw) -> Steps:
    (_, p), (_, q) = d.good(), d.good("other")
    d.put(p=p, q=q)
    return [*d.together(p, q)], p + q


@family(1)
def change(d: Draw) -> Steps:
    _, p = d.good()
    n = banknote(d, p) if d.rng.random() < 0.7 else int(p) + d.whole(1, 60)
    d.put(p=p, n=n)
    return [d.gone(n, p)], n - p


@family(2)
def change_from_several(d: Draw) -> Steps:
    (_, p), k = d.good(), d.whole(2, 9)
    n = banknote(d, p * k) if d.rng.random() < 0.8 else int(p * k) + d.whole(1, 30)
    d.put(p=p, k=k, n=n)
    return [
        d.cost("k", k, p),
        d.gone(n, p * k),
    ], n - p * k


@family(1)
def unit_price(d: Draw) -> Steps:
    (_, p), k = d.good(), d.whole(3, 10)
    p = int(p) if d.rng.random() < 0.9 else int(p) + Decimal("0.50")
    d.put(t=p * k, k=k, j=k - 1)
    return [d.shared("k", p * k, k)], p


@family(2)
def price_scaled(d: Draw) -> Steps:
    (_, p), k, n = d.good(), d.whole(2, 8), d.whole(2, 12)
    p = int(p) if d.rng.random() < 0.75 else p
    n = n + 1 if n == k else n
    d.put(t=p * k, k=k, n=n)
    return [d.one("k", p * k, k), d.cost("n", n, p)], p * n


@family(1)
def affordable(d: Draw) -> Steps:
    (_, p), k = d.good(), d.whole(3, 12)
    p = max(2, int(p))
    p = p if p <= 12 else p // 5 * 5
    d.put(t=p * k, p=p)
    return [d.packed(p * k, p)], k


@family(2)
def left_after_two(d: Draw) -> Steps:
    (_, p), (_, q) = d.good(), d.good("other")
    n = banknote(d, p + q) if d.rng.random() < 0.75 else int(p + q) + d.whole(1, 40)
    d.put(p=p, q=q, n=n)
    return [*d.together(p, q), d.gone(n, p + q)], n - p - q


@family(3)
def two_kinds(d: Draw) -> Steps:
    (_, p), (_, q) = d.good(), d.good("other")
    j, k = d.whole(2, 9), d.whole(2, 9)
    d.put(p=p, q=q, j=j, k=k)
    lines = [d.cost("j", j, p), d.cost("k", k, q)]
    return [*lines, *d.together(p * j, q * k)], p * j + q * k


@family(2)
def several_plus_one(d: Draw) -> Steps:
    (_, p), (_, q), k = d.good(), d.good("other"), d.whole(2, 10)
    d.put(p=p, q=q, k=k)
    return [d.cost("k", k, p), d.more(p * k, q)], p * k + q


@family(2)
def several_minus_one(d: Draw) -> Steps:
    (_, p), k = d.good(), d.whole(3, 10)
    q = d.whole(1, max(2, min(40, int(p * k) - 2)))
    d.put(p=p, q=q, k=k)
    return [d.cost("k", k, p), d.gone(p * k, q)], p * k - q


@family(2)
def profit(d: Draw) -> Steps:
    (_, p), k = d.good(), d.whole(2, 12)
    s = p + d.whole(1, 12)
    d.put(p=p, s=s, k=k)
    return [
        f"{d.of(s, d.money)} against {d.of(p, d.money)} for one: {sub(s, p)} {d.money} profit.",
        d.cost("k", k, int(s - p)),
    ], k * int(s - p)


@family(1)
def gain_of_one(d: Draw) -> Steps:
    p = d.price(20, 200, whole=0.85)
    s = p + d.whole(2, 60)
    d.put(p=p, s=s)
    return [d.difference(s, p)], s - p


@family(3)
def saving(d: Draw) -> Steps:
    w, k, h = d.pick((2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25)), d.whole(2, 12), d.whole(3, 80)
    d.put(t=w * k + h, h=h, w=w)
    return [d.missing(w * k + h, h), d.packed(w * k, w)], k


@family(3)
def two_wages(d: Draw) -> Steps:
    p, q, j, k = d.whole(6, 20), d.whole(6, 20), d.whole(2, 9), d.whole(2, 9)
    d.put(p=p, q=q, j=j, k=k)
    lines = [d.cost("j", j, p), d.cost("k", k, q)]
    return [*lines, *d.together(p * j, q * k)], p * j + q * k


@family(1)
def three_prices(d: Draw) -> Steps:
    (_, p), (_, q), (_, r) = d.good(), d.good("other"), d.good("third")
    d.put(p=p, q=q, r=r)
    return [*d.together(p, q, r)], p + q + r


@family(2)
def left_after_three(d: Draw) -> Steps:
    (_, p), (_, q), (_, r) = d.good(), d.good("other"), d.good("third")
    total = p + q + r
    n = banknote(d, total) if d.rng.random() < 0.7 else int(total) + d.whole(1, 40)
    d.put(p=p, q=q, r=r, n=n)
    return [*d.together(p, q, r), d.gone(n, total)], n - total


@family(2)
def saved_after(d: Draw) -> Steps:
    w, k, h = d.pick((2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25)), d.whole(2, 12), d.whole(3, 80)
    d.put(h=h, w=w, k=k)
    return [d.groups("k", k, w), d.more(w * k, h)], w * k + h


@family(2)
def wage(d: Draw) -> Steps:
    p, h, k = d.pick((8, 9, 10, 11, 12, 15, 20)), d.whole(2, 8), d.whole(2, 6)
    d.put(p=p, h=h, k=k)
    return [
        d.each(k, "days", h, "hours"),
        d.pay(k * h, "hours", p),
    ], p * h * k


@family(2)
def split_bill(d: Draw) -> Steps:
    k, each = d.whole(2, 8), d.pick((6, 7, 8, 9, 10, 11, 12, 15, 20, 25))
    total = k * each
    u = d.whole(3, max(4, total // 3))
    d.put(k=k, t=total - u, u=u)
    return [*d.together(total - u, u), d.shared("k", total, k)], each


@family(3)
def change_from_two_kinds(d: Draw) -> Steps:
    (_, p), (_, q) = d.good(), d.good("other")
    j, k = d.whole(2, 6), d.whole(2, 6)
    total = p * j + q * k
    n = banknote(d, total)
    d.put(p=p, q=q, j=j, k=k, n=n)
    lines = [d.cost("j", j, p), d.cost("k", k, q)]
    return [*lines, *d.together(p * j, q * k), d.gone(n, total)], n - total


@family(2, extras=False)
def coins(d: Draw) -> Steps:
    (first, m), (second, n) = d.rng.sample((("quarters", 25), ("dimes", 10), ("nickels", 5)), 2)
    j, k = d.whole(2, 9), d.whole(2, 9)
    d.put(j=j, k=k, coins=first, others=second)
    lines = [
        d.each(j, first, m, "cents"),
        d.each(k, second, n, "cents"),
    ]
    return [*lines, *d.together(m * j, n * k)], m * j + n * k


@family(2, extras=False)
def coins_and_money(d: Draw) -> Steps:
    coin, value = d.pick((("quarters", 25), ("dimes", 10), ("nickels", 5), ("quarters", 25)))
    d.currency = d.pick(("${}", "${}", "{} dollars"))
    k, a = d.whole(2, 12), d.price(1, 20, whole=0.3)
    cents = k * value
    amount = Decimal(cents) / 100
    amount = int(amount) if amount == int(amount) else amount.quantize(CENT)
    d.put(k=k, a=a, coins=coin)
    return [
        d.each(k, coin, value, "cents"),
        f"{cents} cents in dollars: {div(cents, 100) if cents % 100 == 0 else show(amount)}.",
        *d.together(a, amount, unit="dollars"),
    ], a + amount


@family(2)
def budget(d: Draw) -> Steps:
    t, u, v = d.whole(400, 1500, 100), d.whole(100, 300, 50), d.whole(20, 90, 10)
    d.put(t=t, u=u, v=v)
    return [*d.together(u, v), d.gone(t, u + v)], t - u - v


@family(2)
def money_in_and_out(d: Draw) -> Steps:
    _, p = d.good()
    n, g = int(p) + d.whole(2, 50), d.whole(3, 50)
    d.put(n=n, g=g, p=p)
    return [d.more(n, g), d.gone(n + g, p)], n + g - p
