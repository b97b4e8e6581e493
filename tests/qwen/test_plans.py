"""A reply that only announces an action is told from an answer by its last sentence."""

import pytest

from agentkit.qwen.plans import announces


@pytest.mark.parametrize(
    "text",
    [
        "Let me check the stock of A-17.",
        "let me look",
        "I'll search for it now...",
        "I’ll search for it now…",
        "OK, I will read config.yaml first.",
        "There are 40.\n\nNow I will order the rest:",
        "Now let me write the full Rust implementation.",
        "To answer this, I need to use stock to check it.",
        "First, let's run the tests!",
        "I'm calling the stock tool to look it up.",
    ],
)
def test_a_plan_at_the_end_is_no_answer(text: str) -> None:
    assert announces(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "There are 40.",
        "There are 40. Let me know if you need more.",
        "I will put it simply: there are 40.",
        "I'll check the stock. There are 40.",
        "Let me check: 40 is enough.\nYes.",
        "Should I order more?",
        "I am sure that there are 40.",
        "I will order it if you want, shall I?",
        "You should check the stock of A-17.",
        "I will check " + "again and again, " * 100 + "it.",
    ],
)
def test_an_answer_an_offer_or_a_question_is_no_plan(text: str) -> None:
    assert not announces(text)
