# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Conversations without a call: small talk, and requests outside the reach of the tools offered."""

from random import Random

from agentkit.models.nano.generator.phrases import expand, pick, polite
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import ITEMS, choose, pseudo_word

_SMALL_TALK: tuple[tuple[tuple[str, ...], str], ...] = (
    (("[Hello|Hi|Hey|Good morning|Good evening|Greetings][!|.|, there!|, nano!|]", "Good day!", "Hi there", "hello"), "Hello! What can I do for you?"),
    (("[How are you|How do you do|How is it going][ today|]?", "Are you well?"), "I am fine, thank you. What can I do for you?"),
    (("[Thanks|Thank you][!|.| very much!| a lot.|, that helped.]", "Great, thank you.", "Many thanks!"), "You are welcome."),
    (("[Bye|Goodbye|See you][!|.| later.| tomorrow.]", "That is all for today."), "Goodbye!"),
    (("[Who|What] are you?", "What is your name?", "[Tell me|Say] [who you are|something about yourself].", "Introduce yourself.", "Are you [a robot|an AI|human|a language model]?"), "I am nano, a tiny language model that tries out tools."),
    (("What can you do[ for me|]?", "[How|With what] can you help[ me|]?", "What are you good for?", "What are your [tools|skills|abilities]?", "Help!", "help"), "I can use the tools that I am given, and tell you what they found."),
    (("[Good|Nice|Great|Well done|Perfect|OK|Okay|Cool][!|.]", "Very well."), "Thank you. What is next?"),
    (("[Yes|No|Maybe][.|!|]", "Never mind."), "All right. What can I do for you?"),
)  # fmt: skip

_OUT_OF_REACH = (
    "[Send|Write] [an email|a mail|a message|a letter] to {w}.", "[Book|Find|Buy] [a flight|a train ticket|a hotel|a table] [to|in|for] {w}.", "[What is|What's|How is] the weather [in|like in] {w}[ today|]?",
    "[Write|Compose|Sing] [a poem|a song|a story|a joke] about {t}.", "[Translate|Say] \"{w}\" [into|in] [French|German|Spanish|Japanese].", "[Delete|Remove|Rename|Move] the file {w}.txt.",
    "[Who|What] is {W}?", "What is the capital of {W}?", "[Who|What] [invented|discovered|wrote] {w}?", "[Call|Phone|Text] {W}.", "[Play|Put on] some [music|jazz|songs].", "[Turn|Switch] [on|off] the [light|heating|radio].",
    "Order a pizza with {t}.", "Draw me a picture of {t}.", "Tell me a joke.", "[Explain|Describe] {w} to me.", "Why [is|are] {t} [good|so expensive|important]?", "What do you think [about|of] {t}?", "[Post|Share] this on [the web|my page]: {w}.",
    "[Recommend|Suggest] a good [book|film|restaurant].", "What is the meaning of {w}?", "[Create|Write|Save] a new file [called|named] {w}.md.", "[Install|Update|Start] {w}.", "What [is|was] the score of the [match|game] [yesterday|today]?",
    "How do I [cook|plant|repair|clean] {t}?", "Which is better, {t} or {w}?", "[Show|Open] the [website|page] of {W}.", "Who is the [president|king|mayor] of {W}?", "[Make|Set] [a reminder|an alarm] for {t}.", "Remember that I like {t}.",
    "What is the [stock|share] price of {W}?", "[Search the web|Google] for {w}.", "Run the command {w}.", "[Print|Scan] {w}.", "Who won [the election|the cup] in {W}?", "What is the phone number of {W}?", "How old is {W}?", "Where [is|lives] {W}?",
)  # fmt: skip

REFUSAL = "I can't do that: I have no tool for it."


def small_talk(rng: Random, *, held_out: bool) -> Task:
    phrases, answer = rng.choice(_SMALL_TALK)
    talk = Dialogue(expand(rng, pick(rng, phrases, held_out=held_out)))
    talk.answer("No tool is needed.", answer)
    return talk.task("small talk", answer)


def out_of_reach(rng: Random, *, held_out: bool) -> Task:
    """Nothing on offer can do this."""
    word = rng.choice(
        (
            pseudo_word(rng, held_out=held_out),
            rng.choice(("Paris", "Anna", "London", "Tom", "Mars", "Bach", "Peru", "Rome", "Maria")),
        )
    )
    request = expand(
        rng,
        pick(rng, _OUT_OF_REACH, held_out=held_out),
        w=word,
        W=word.capitalize(),
        t=choose(rng, ITEMS, held_out=held_out),
    )
    talk = Dialogue(polite(rng, request))
    talk.answer("None of my tools can do this.", REFUSAL)
    return talk.task("out of reach", REFUSAL)


def decline(request: str) -> Task:
    """The same words as a task, when its tools are not on offer."""
    talk = Dialogue(request)
    talk.answer("None of my tools can do this.", REFUSAL)
    return talk.task("no suitable tool", REFUSAL)
