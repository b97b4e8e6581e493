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
        "Let me check if it is in stock.",
        "I'll run this: stock A-17",
        "How many are there? Let me look.",
        "Then I'll look it up.",
        "Let me call that function.",
        "I'll add that to the order.",
        "Let me write that to notes.txt.",
        "Let me check the stock and update you.",
        "Let me add the item to the cart: A-17",
        "Let me see: I need to read config.json first.",
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
        "Of A-17 there are 40. I should add that the count is from this morning.",
        "Ordered. I will update you once it arrives.",
        "The answer is 12. I'll write it again: 12",
        "Let's see: 9:05.",
        "Let's call it a day.",
        "I'll see you tomorrow.",
        "Which city do you mean? I'll look it up then.",
        "I'll check it as soon as you tell me the city.",
        "I will check " + "again and again, " * 100 + "it.",
    ],
)
def test_an_answer_an_offer_or_a_question_is_no_plan(text: str) -> None:
    assert not announces(text)
