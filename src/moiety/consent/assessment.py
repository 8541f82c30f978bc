"""The data protection impact assessment that a running configuration can write about itself.

It follows GDPR, article 35(7): the processing (a), why it is needed (b), the risks (c), the measures (d).
What the program knows is stated; what only the site can know stands in bold, is counted, and stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from moiety.consent.notice import day_of
from moiety.consent.schedule import Item
from moiety.consent.settings import ConsentSettings

OPEN: Final = "**yours:"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the store counts. None of it is of one person.

    Attributes:
        given, withdrawn, expired: consents by state.
        children: consents given by a guardian, among those given.
        enrolled, verified: ceremonies in the last year.
        fallbacks: how often the way without biometrics was taken in the last year, by stage.
        last_run: when erasure last ran (UTC seconds), or None.
        overdue: what should be gone and is not.
    """

    given: int
    withdrawn: int
    expired: int
    children: int
    enrolled: int
    verified: int
    fallbacks: Mapping[str, int]
    last_run: int | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What a running configuration knows of itself.

    Attributes:
        version: of the program.
        now: UTC seconds.
        role: of the home.
        issuer: its URI, or None.
        settings: what the site tells people.
        fmr: the false match rate that is asked for.
        liveness: "required" or "none".
        require: what must match.
        status_age_days: the oldest status list that is relied on.
        tables: calibration tables: name, people, comparisons.
        models: model files: name, licence, where from.
        groups: verifier groups: name, end of its epoch (UTC seconds), whether its key is here.
        database: "sqlite", "postgresql", or None without a service.
        core_dumps_off: whether this process may not leave a core dump.
        numbers: from the store, or None.
    """

    version: str
    now: int
    role: str
    issuer: str | None
    settings: ConsentSettings
    fmr: float
    liveness: str
    require: str
    status_age_days: float
    tables: Sequence[tuple[str, int, int]]
    models: Sequence[tuple[str, str, str]]
    groups: Sequence[tuple[str, int, bool]]
    database: str | None
    core_dumps_off: bool
    numbers: Numbers | None


def assess(facts: Facts) -> str:
    """The assessment, in Markdown; its head says how many points are open."""
    body = "\n".join(line for part in _PARTS for line in part(facts))
    return "\n".join([*_head(facts, body.count(OPEN)), body]) + "\n"


def _yours(text: str) -> str:
    return f"{OPEN} {text}**"


def _head(facts: Facts, open_points: int) -> list[str]:
    return [
        "# Data protection impact assessment",
        "",
        f"Written on {day_of(facts.now)} by Moiety {facts.version} from its running configuration. "
        f"{open_points} points in bold are open, and the site's to fill in; until then it is a draft. "
        "It is no legal advice.",
        "",
    ]


def _processing(facts: Facts) -> Iterator[str]:
    site = facts.settings
    yield "## 1. The processing (article 35(7)(a))"
    yield ""
    yield f"- Responsible: {site.controller.name}, {site.controller.address}; {site.controller.contact}."
    if not site.stated:
        yield f"- {_yours('the home has no consent.json: who is responsible, what for, under which laws?')}"
    yield f"- Data protection officer, processors: {_yours('names, or none')}"
    yield f"- Role of this installation: {facts.role}; issuer in the codes: {facts.issuer or 'none'}."
    yield f"- Laws that the retention schedule follows: {', '.join(site.schedule.laws)}."
    for name, told in site.purposes.items():
        text = told.get("en", next(iter(told.values())))
        yield f"- Purpose *{name}*, in {len(told)} languages: {text}"
    yield f"- For whom, how many, where, from when until when: {_yours('people, places, dates')}"
    yield ""
    yield "### Data and flows"
    yield ""
    yield "| data | where it is | how long | who can read it |"
    yield "|---|---|---|---|"
    yield "| pictures | memory of this machine | one request | nobody; the operator sees them while taken |"
    yield f"| templates | in the code that the person carries, sealed | {_life(facts)} | group key holders |"
    if facts.database is not None:
        after = site.schedule.days(Item.RECORD)
        yield (
            f"| consent records, no name | {facts.database} | {after} days after the consent ends "
            "| auditors, administrators |"
        )
        yield "| withdrawal secrets | with the person; here only a hash | as the record | the person |"
        days = site.schedule.days(Item.EVENT)
        yield f"| details of events | {facts.database} | {days} days; a commitment stays | auditors |"
        days = site.schedule.days(Item.FALLBACK)
        yield f"| daily counts of the other way | {facts.database} | {days} days | auditors |"
        yield f"| operators' names | {facts.database} | {_yours('until when')} | administrators |"
    yield f"| who has which code | nowhere in Moiety | {_yours('if you keep a list: where, how long')} | |"
    yield ""
    yield "Nothing is sent anywhere: the program opens no connection of its own, and has no processor abroad."
    yield ""


def _life(facts: Facts) -> str:
    held = [end for _, end, _ in facts.groups]
    last = (
        f"unreadable once the group's key is destroyed (last epoch ends {day_of(max(held))})" if held else ""
    )
    return f"{facts.settings.days} days at most, children {facts.settings.child_days}; {last}".rstrip("; ")


def _need(facts: Facts) -> Iterator[str]:
    yield "## 2. Why it is needed, and whether less would do (article 35(7)(b))"
    yield ""
    yield f"- Why the person must be verified, and the card alone is not enough: {_yours('why')}"
    yield f"- What happens today without it, and whom that harms: {_yours('what, whom')}"
    yield f"- Other ways that were weighed: {_yours('which, and why not')}"
    yield f"- The way without biometrics, as good: {_yours('what it is, how long it takes; nobody asks why')}"
    yield "- Legal ground: explicit consent (articles 6(1)(a), 9(2)(a)), before capture, withdrawable."
    yield f"- Where consent may not be free (work, authority, need): {_yours('which other ground')}"
    yield "- Children: a guardian agrees and the code ends early. " + _yours("how the child itself is heard")
    yield f"- What must match: {facts.require}, at a false match rate of {facts.fmr:g}."
    yield ""
    if facts.numbers is not None:
        yield from _told(facts.numbers)


def _told(numbers: Numbers) -> Iterator[str]:
    yield "### What the service counted"
    yield ""
    yield (
        f"- Consents: {numbers.given} hold ({numbers.children} of children), {numbers.withdrawn} withdrawn, "
        f"{numbers.expired} expired; records past their time are no longer among them."
    )
    for stage, done in (("enrol", numbers.enrolled), ("verify", numbers.verified)):
        other = numbers.fallbacks.get(stage, 0)
        yield f"- The other way at *{stage}*, last 365 days: {_rate(other, other + done)}."
    when = "never ran" if numbers.last_run is None else f"ran last on {day_of(numbers.last_run)}"
    yield f"- Erasure {when}; {numbers.overdue} things are overdue."
    if numbers.last_run is None or numbers.overdue:
        yield f"- {_yours('run moiety retention run daily, and say who watches it')}"
    yield ""


def _rate(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole < 20 else f"{part} of {whole} ({part / whole:.1%})"


def _risks(facts: Facts) -> Iterator[str]:
    yield "## 3. Risks to people (article 35(7)(c))"
    yield ""
    yield "| risk | for the person | what stands against it | what remains | likely, grave, done |"
    yield "|---|---|---|---|---|"
    for risk, harm, against, remains in _known_risks(facts):
        yield f"| {risk} | {harm} | {against} | {remains} | {_yours('rate it')} |"
    yield ""


def _known_risks(facts: Facts) -> Iterator[tuple[str, str, str, str]]:
    people = max((count for _, count, _ in facts.tables), default=0)
    yield (
        "someone else is accepted in their name",
        "loss, mistrust of them",
        f"a false match rate of {facts.fmr:g}, on tables of up to {people:,} people",
        "twins and relatives; a site's own people may differ",
    )
    yield "wrongly turned away", "no service, shame", "another try, the other way", "rates by group: measure"
    if facts.liveness == "none":
        yield (
            "**fooled by a photograph or a screen**",
            "loss, mistrust of them",
            "nothing technical: this configuration asks for no liveness",
            "a person must watch every capture",
        )
    else:
        yield (
            "fooled by a photograph, a screen or a replay",
            "loss, mistrust of them",
            "liveness is required",
            "what was not measured; injected streams cannot be told",
        )
    here = [name for name, _, held in facts.groups if held]
    yield (
        "the group's key stolen, together with codes",
        "templates known for life",
        f"{len(here)} group keys on this machine, files for the owner alone",
        "whoever holds key and code can read the template",
    )
    yield (
        "a code copied or followed",
        "traced",
        "sealed, names nobody, revocable",
        "one code is one identifier",
    )
    yield (
        "a paper code after withdrawal",
        "templates outlive the consent",
        "revoked at once; the epoch's key is destroyed in time",
        "until then readable to holders of the key",
    )
    yield "use beyond the purpose", "loss of freedom", "no search, no gallery; purpose in the record", "forks"
    yield "pressure to take part", "loss of freedom", "refusal asks no reason; its rate is shown", "the place"
    undisclosed = [name for name, _, _ in facts.models if "sface" in name.lower()]
    if undisclosed:
        yield "training faces of unknown origin", "others' loss of control", "said in the model card", "it"


def _measures(facts: Facts) -> Iterator[str]:
    yield "## 4. Measures (article 35(7)(d))"
    yield ""
    yield "- [x] Pictures and templates live in memory for one request; no table has a column for them."
    yield "- [x] Templates sealed (HPKE) in a signed code; consent recorded before capture; receipts signed."
    yield "- [x] Withdrawal with the receipt alone, or by code and live match; the code is revoked with it."
    yield f"- [{_mark(facts.liveness != 'none')}] Liveness is asked for."
    yield f"- [{_mark(facts.core_dumps_off)}] Core dumps are off in this process."
    yield f"- [x] A status list older than {facts.status_age_days:g} days is not relied on."
    for text in (
        "disks and swap encrypted",
        "root key offline or split, backups tried once",
        "destruction of each group key at the end of its epoch, in backups too, with a record",
        "operators taught: the outcomes, the other way, accuse nobody",
        "error rates measured on your own people, by group: attach the report",
        "loss and theft: who is told, within what time (articles 33, 34: 72 hours)",
    ):
        yield f"- [ ] {_yours(text)}"
    yield ""
    yield "### Periods"
    yield ""
    yield "| what | days | why that long |"
    yield "|---|---|---|"
    for item, rule in facts.settings.schedule.rules.items():
        yield f"| {item.value} | {rule.days} | {rule.source} |"
    yield ""
    yield "### Models and tables in use"
    yield ""
    yield from (f"- Model {name}: {licence}; {source}." for name, licence, source in facts.models)
    yield from (
        f"- Calibration {name}: {people:,} people, {count:,} comparisons."
        for name, people, count in facts.tables
    )
    yield ""


def _mark(done: bool) -> str:
    return "x" if done else " "


def _heard(_: Facts) -> Iterator[str]:
    yield "## 5. Heard, and decided"
    yield ""
    yield f"- People concerned, or who speaks for them (article 35(9)): {_yours('when, what they said')}"
    yield f"- The data protection officer's advice (article 35(2)): {_yours('advice')}"
    yield f"- If a high risk remains, the authority (article 36): {_yours('consulted when')}"
    yield f"- Decision, by whom, date, next review (article 35(11)): {_yours('decision')}"


_PARTS: Final = (_processing, _need, _risks, _measures, _heard)
