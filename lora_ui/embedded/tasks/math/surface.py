"""What people put around a problem: system messages, courtesy, slips, idle facts."""

from __future__ import annotations

import re
from random import Random

from lora_ui.embedded.tasks.math.wording import Draw, expand

_SYSTEM = {
    False: (
        "You [are|act as] a [careful|patient|friendly|helpful|precise|] [math|maths|arithmetic] "
        "[tutor|teacher|assistant|"
        "helper].{task}",
        "Solve the [math |word |]problem[ step by step|].{task}",
        "You solve [grade-school|elementary|simple] [math|word] problems.{task}",
        "[Answer|Solve] the question[ of the user|] with short "
        "[reasoning|steps|calculations].{task}",
        "[Think|Reason] step by step.{task}",
        "Show [your|the|each] calculation[s|], [then|and then] [give|write] the "
        "[answer|result|number] after ####.",
        "You are a helpful assistant[ that is good at math|].{task}",
        "Help [children|students|pupils|the user] with [their|] [math|homework|word "
        "problems].{task}",
        "Math mode: [brief|short] steps, then #### and the number.",
    ),
    True: (
        "You are a tutor who explains word problems clearly.{task}",
        "Work out the answer with a few short lines.{task}",
        "You help a child with arithmetic homework.{task}",
    ),
}
_TASK = {
    False: (
        "",
        "",
        " [End|Finish] with #### and the [answer|number].",
        " Write the final answer as #### number.",
        " [Keep it short|Be brief|Be concise].",
        " Show your [steps|work].",
        " [Put|Give] the answer [after|on a line with] ####.",
        " The last line [is|must be] #### followed by the answer.",
    ),
    True: ("", " Finish with a line of #### and the result.", " Use few words."),
}
_DRESS = {
    False: (
        "[Please solve this|Can you solve this|Solve|Question|Problem|Please help|Quick "
        "question|Math problem]: {}",
        "{} [Thanks!|Thank you.|Please show your work.|Please explain briefly.|Show the "
        "steps.|Thanks in advance!]",
        "[Hi!|Hello.|Hey!|Hi there.] {}",
        "[Can you help me with this?|I need help with this one.|Here is a problem.|My "
        "homework:|I'm stuck on this.] {}",
        "Please: {}",
        "[Can|Could] you [tell me the answer|work this out]? {}",
        "[My son|My daughter] [has|got] this [problem|question]: {}",
        "{} [Explain.|Just the answer with steps.|I need it for my homework.]",
        "{} Please [help|tell me].",
    ),
    True: (
        "[Good morning.|Here is another one:] {}",
        "{} [Thanks a lot!|A short solution, please.]",
    ),
}
_EXTRAS = {
    False: (
        "{A} @be {z} years old.",
        "It [is|was] {z} degrees outside.",
        "The [shop|store|market] opens at {c} o'clock.",
        "{B} is {z} years old.",
        "It [is|was] [a sunny|a rainy|a cold|a busy] day.",
        "{A} @live at number {z}.",
        "The bus takes {z} minutes.",
        "{A} @live {c} km from [the city|school|town].",
        "It [is|was] the {z}th of May.",
        "{B} has {c} brothers.",
        "{A} @like {color} best.",
        "{A} @be very happy about it.",
        "It [is|was] {his} birthday.",
        "{A} [woke up|got up] at {c} o'clock.",
        "{B} lives {z} minutes away.",
        "{A} @have {c} good friends.",
        "{B} @@be helping {him}.",
        "{A} @do that every year.",
        "{A} also @have {c} [cats|pets|cousins|sisters].",
        "The walk there takes {c} minutes.",
    ),
    True: (
        "The radio was on for {z} minutes.",
        "Outside, {c} dogs were barking.",
        "{B} turned {z} last week.",
        "{A} @enjoy it a lot.",
        "{B} is on holiday for {c} days.",
    ),
}
_LAST_STOP = re.compile(r"(?<!Mr)(?<!Mrs)(?<!Ms)(?<!Dr)\. (?=[^.]*$)")
_SENTENCE = re.compile(r"(?<=[.?!]) ")


_CHAT = {
    "you": "u",
    "are": "r",
    "please": "pls",
    "and": "&",
    "your": "ur",
    "because": "cuz",
    "thanks": "thx",
}
_SHORT = re.compile(rf"\b({'|'.join(_CHAT)})\b")


def system_message(rng: Random, heldout: bool) -> str:
    """One of many ways to ask for worked answers."""
    text = expand(rng, rng.choice(_SYSTEM[heldout]).format(task=rng.choice(_TASK[heldout])))
    return re.sub(r" +", " ", text)


def add_extra(draw: Draw, wording: str, share: float = 0.13) -> str:
    """Sometimes put an irrelevant sentence, mostly with a number, before the question."""
    sentences = _SENTENCE.split(wording)
    if len(sentences) < 2 or "?" in sentences[0] or draw.rng.random() > share:
        return wording
    draw.put(
        z=draw.pick((11, 13, 14, 15, 16, 17, 18, 19, 20, 24)),
        c=draw.whole(3, 9),
        color=draw.pick(draw.words.colors),
    )
    place = 0 if "it" in sentences[1].split() else draw.whole(0, 1)
    sentences.insert(place, expand(draw.rng, draw.pick(_EXTRAS[draw.heldout])))
    return " ".join(sentences)


def dress(rng: Random, text: str, heldout: bool) -> str:
    """Sometimes add courtesy, drop the question mark, lower the case or break a line."""
    if rng.random() < 0.05 and text.endswith("?"):
        text = text[:-1]
    elif rng.random() < 0.07:
        text = expand(rng, rng.choice(_DRESS[heldout])).format(text)
    if rng.random() < 0.03:
        text = _LAST_STOP.sub(".\n", text)
    if rng.random() < 0.02:
        return _SHORT.sub(lambda m: _CHAT[m[0]], text.lower())
    return text.lower() if rng.random() < 0.06 else text
