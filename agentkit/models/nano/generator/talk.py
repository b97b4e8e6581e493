# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""Conversations without a call: small talk, and requests outside the reach of the tools offered."""

from random import Random

from agentkit.models.nano.generator.phrases import expand, pick, polite
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import ITEMS, choose, pseudo_word

_SMALL_TALK: tuple[tuple[tuple[str, ...], str], ...] = (
    (("[Hello|Hi|Hey|Good morning|Good evening|Greetings][!|.|, there!|, nano!|]", "~Good day!", "Hi there", "hello", "~Good [afternoon|day|night], nano.", "[Hey|Hello] you", "hi[ again| friend|]", "Welcome[ back|]!", "[Nice|Good] to [see|meet] you[.|!]", "Is [anybody|anyone] there?", "Howdy!", "Morning!", "Hello, how nice to see you.", "Hi, it's me[ again|].", "Hey, anyone [here|home]?", "[Yo|Hiya][!|.|]", "[Hello|Good morning][,| to you,] nano.", "Good to have you here.", "A [very |]good [morning|evening] to you.", "~Hello again!", "~Hey nano, good to see you.", "~Nice to have you back."), "Hello! What can I do for you?"),
    (("[How are you|How do you do|How is it going][ today|]?", "~Are you well?", "How do you feel[ today|]?", "Are you [fine|ok|all right|happy]?", "How was your day?", "What's up?", "Is everything [fine|ok|all right]?", "Everything all right?", "How are things[ going|]?", "How is life?", "Are you doing fine?", "How have you been?", "Did you sleep well?", "I hope you are [fine|well].", "Is your day going well?", "You ok?", "~How are you doing?", "~I hope everything is fine with you.", "~How is your day going?"), "I am fine, thank you. What can I do for you?"),
    (("[Thanks|Thank you][!|.| very much!| a lot.|, that helped.]", "Great, thank you.", "Many thanks!", "thx", "Thank you [for your help|for the answer|nano].", "That [helped|was helpful][, thanks|, thank you].", "I am grateful.", "~[OK|Good|Fine], thanks.", "Cheers, nano.", "Thank you so much!", "I appreciate it.", "Much appreciated.", "Thanks for [your time|the help|helping me].", "You [helped me a lot|saved my day].", "That was [very |really |]useful[, thanks|].", "Very kind of you[, thanks|].", "~You were very helpful, thanks.", "~Thanks so much for your answer.", "~I really appreciate your help."), "You are welcome."),
    (("[Bye|Goodbye|See you][!|.| later.| tomorrow.]", "That is all for today.", "~I have to go[ now|].", "Good night!", "[Farewell|So long][!|.]", "[We are|I am] done[ for today| here|].", "That's [it|all]. Bye.", "Talk to you later.", "Until [next time|tomorrow].", "Bye bye[!|, nano.]", "[I'm|I am] off[ now|].", "Have a [nice|good] [day|evening|weekend].", "Time to [leave|go home].", "I [must|need to] leave[ now|].", "Catch you later.", "We are finished[ for now| for today|].", "See you [soon|next week|around].", "That was [all|everything].", "~Goodbye, nano, see you soon.", "~I must go home now.", "~That is everything for now."), "Goodbye!"),
    (("[Who|What] are you?", "What is your name?", "~[Tell me|Say] [who you are|something about yourself].", "Introduce yourself.", "Are you [a robot|an AI|human|a language model]?", "Do you have a name?", "What [kind of|sort of] [model|program|thing] are you?", "Who am I [talking|speaking] to?", "Which model [are you|is this]?", "Describe yourself.", "Tell me about yourself.", "Are you [a person|a machine|real|alive]?", "What should I call you?", "Are you [a computer|a program|a bot]?", "What am I [talking|speaking|writing] to?", "Do I talk to [a human|a machine|a person]?", "Your name[, please|]?", "May I ask [your name|who you are]?", "What do people call you?", "And you are?", "I don't know you. Who are you?", "~May I know your name?", "~I want to know who you are.", "~Are you a program or a person?"), "I am nano, a tiny language model that tries out tools."),
    (("What can you do[ for me|]?", "[How|With what] can you help[ me|]?", "What are you good for?", "What are your [tools|skills|abilities]?", "Help!", "help", "What do you do?", "Which [tools|functions] do you have?", "How do I use you?", "~What are you [able to do|made for]?", "[Explain|Tell me] what you can do.", "I need help.", "Can you help me?", "What can I [ask you|use you for]?", "How [do you|does this] work?", "Show me what you can do.", "What is possible with you?", "I am [new here|lost]. What now?", "Could you help me[ out|]?", "What are you here for?", "What [kind of|sort of] [things|tasks] can you do?", "~Tell me how you can help me.", "~What is it that you can do?", "~Which tasks can you do for me?"), "I can use the tools that I am given, and tell you what they found."),
    (("[Good|Nice|Great|Well done|Perfect|OK|Okay|Cool][!|.]", "Very well.", "[Excellent|Wonderful|Super|Fine][!|.]", "~[That is|That's] [good|right|correct|great][.|!]", "I like it.", "[Good|Nice] [job|work][.|!]", "[You are|You're] [right|great|good].", "[Awesome|Amazing|Brilliant|Lovely|Fantastic][!|.]", "[That|It] [works|worked][.|!]", "[Just|Exactly] what I [wanted|needed][.|!]", "You did [it|well|great].", "I am [happy|glad|pleased][ with it|].", "[That|This] looks [good|right|fine].", "So far so good.", "~That was exactly right.", "~You did a good job.", "~I am very happy with that."), "Thank you. What is next?"),
    (("[Yes|No|Maybe][.|!|]", "Never mind.", "[Forget|Drop] it.", "~[It|That] does not matter.", "[Not|Nothing] [now|yet].", "[Sure|Right|Of course][.|!]", "I [don't know|am not sure].", "Let me think.", "Wait[ a moment| a second|].", "Not [really|sure].", "Perhaps[ later| not|].", "I'll [think about it|see].", "[Hold on|One moment|Just a second|Hang on][.|!]", "It is not [important|urgent].", "I changed my mind.", "[Ignore|Skip] that.", "Don't [worry|bother].", "No idea.", "I [think|guess] so.", "~Please ignore it.", "~Give me a moment.", "~I don't think so."), "All right. What can I do for you?"),
)  # fmt: skip

_OUT_OF_REACH = (
    "[Send|Write] [an email|a mail|a message|a letter] to {w}.", "[Book|Find|Buy] [a flight|a train ticket|a hotel|a table] [to|in|for] {w}.", "[What is|What's|How is] the weather [in|like in] {w}[ today|]?",
    "[Write|Compose|Sing] [a poem|a song|a story|a joke] about {t}.", "[Translate|Say] \"{w}\" [into|in] [French|German|Spanish|Japanese].", "~[Delete|Remove|Rename|Move] the file {w}.txt.",
    "[Who|What] is {W}?", "What is the capital of {W}?", "[Who|What] [invented|discovered|wrote] {w}?", "~[Call|Phone|Text] {W}.", "[Play|Put on] some [music|jazz|songs].", "[Turn|Switch] [on|off] the [light|heating|radio].",
    "Order a pizza with {t}.", "Draw me a picture of {t}.", "~Tell me a joke.", "[Explain|Describe] {w} to me.", "Why [is|are] {t} [good|so expensive|important]?", "What do you think [about|of] {t}?", "[Post|Share] this on [the web|my page]: {w}.",
    "[Recommend|Suggest] a good [book|film|restaurant].", "What is the meaning of {w}?", "[Create|Write|Save] a new file [called|named] {w}.md.", "[Install|Update|Start] {w}.", "~What [is|was] the score of the [match|game] [yesterday|today]?",
    "How do I [cook|plant|repair|clean] {t}?", "~Which is better, {t} or {w}?", "[Show|Open] the [website|page] of {W}.", "Who is the [president|king|mayor] of {W}?", "[Make|Set] [a reminder|an alarm] for {t}.", "Remember that I like {t}.",
    "What is the [stock|share] price of {W}?", "[Search the web|Google] for {w}.", "Run the command {w}.", "[Print|Scan] {w}.", "Who won [the election|the cup] in {W}?", "What is the phone number of {W}?", "How old is {W}?", "Where [is|lives] {W}?",
    "[Send|Give] my [love|regards] to {W}.",
    "[Pay|Transfer] [the bill|50 euros|the rent] to {W}.",
    "[Reserve|Book] [a room|two seats] [in|at] {W}.",
    "[Ask|Tell] {W} to [call|visit] me.",
    "[Take|Make] a [photo|picture|video] of {t}.",
    "[Wake|Remind] me [at eight|tomorrow|in an hour].",
    "~[Read|Sing] me a [story|poem|song].",
    "What is the [best|cheapest|nearest] [shop|place|way] [for|to buy] {t}?",
    "[Who|What] is your [favourite|best] [friend|food|color]?",
    "What is love?",
    "Do you [like|know|eat] {t}?",
    "[Is|Was] {W} [nice|big|rich|famous]?",
    "[When|Where] was {W} born?",
    "[Which|What] language do they speak in {W}?",
    "What [happened|is new] in {W}[ today| yesterday|]?",
    "[Buy|Sell] {t} [for me|online].",
    "~[Charge|Check] my [phone|battery|mail].",
    "[Write|Send] [a reply|a thank you note] to {W}.",
    "[Close|Lock|Open] the [door|window|garage].",
    "~[Fix|Repair] my {t}.",
    "[Delete|Change|Edit|Rename] [my|the] {w} file.",
    "[Compile|Deploy|Debug] {w}.",
    "[Translate|Explain] this sentence: {w} is {t}.",
    "[Show me|Draw|Make] a [map|plan|chart] of {W}.",
    "[Find|Hire] a [doctor|lawyer|cook] [in|near] {W}.",
    "How [far|long] is the [way|flight|road] to {W}?",
    "How many people live in {W}?",
    "What does the word {w} mean?",
    "[Teach|Show] me [to dance|chess|French|how to cook].",
    "~[Order|Bring|Make] me [a coffee|some food|some {t}].",
    "What should I [eat|wear|do|read] [today|tonight]?",
    "[Start|Stop|Pause] the [timer|movie|game|washing machine].",
    "[Share|Send] my location [with|to] {W}.",
    "~[Subscribe|Unsubscribe] me [to|from] {w}.",
    "[Guess|Predict] who wins.",
    "Tell me a [story|secret|riddle] about {t}.",
    "[Get|Call] me a [taxi|cab] to {W}.",
    "Put {t} in my shopping cart.",
    "Water the [plants|garden|flowers].",
    "[Feed|Walk|Wash] the [dog|cat|horse].",
    "Turn the [volume|heating|music] [up|down].",
    "[Dim|Switch off] the [lamp|lights] in the [kitchen|bedroom].",
    "Play the [latest|newest] [song|album] by {W}.",
    "[Skip|Repeat] this song.",
    "Who will win [the match|the race|the lottery]?",
    "Will it [rain|snow] in {W} [tomorrow|tonight]?",
    "Is it [cold|hot|windy|sunny] in {W} at the moment?",
    "[Sign|Log] me [in to|out of] {w}.",
    "[Follow|Block] {W} on social media.",
    "[Invite|Add] {W} to the [party|chat|call].",
    "Cancel my [appointment with|flight to|trip to] {W}.",
    "Rent a [car|bike|boat] in {W}[ for me|].",
    "[Return|Send back] the {t} I bought.",
    "[Track|Trace] my [parcel|package|order of {t}].",
    "Where is my [parcel|luggage|train]?",
    "What should I [cook|bake] with {t}?",
    "Give me a recipe [with|for] {t}.",
    "Which [wine|music|film] goes well with {t}?",
    "Should I [buy|sell|throw away|keep] {t}?",
    "Should I [move to|visit|trust] {W}?",
    "How do I [get|travel] to {W}?",
    "How do you say {w} in [Italian|Polish|Turkish]?",
    "Speak [French|Italian|German] with me.",
    "Translate what {W} said.",
    "[Donate|Lend] some money to {W}.",
    "[Withdraw|Exchange] some money for me.",
    "[Dance|Sing|Whistle] [for|with] me.",
    "[Clean|Tidy|Paint] the [kitchen|bathroom|house].",
    "[Pick up|Collect] {W} from [the station|school|the airport].",
    "Drive me to {W}.",
    "[Record|Stream|Download] the [concert|show|film] with {W}.",
    "Take a screenshot[ of this|].",
    "[Restart|Shut down|Reboot] [the computer|my laptop|the server].",
    "[Connect|Pair] my [headset|phone|speaker] with {w}.",
    "Are there any good [restaurants|museums|beaches] in {W}?",
    "Tell me the [latest |]news [from|about] {W}.",
    "Who is {W} married to?",
    "[Why|How] did {W} become so famous?",
    "Predict the [future|winner|price of {t} next year].",
    "[Does|Will] {W} love me?",
    "Give me [advice|tips] [on|about] {t}.",
    "I have a headache. What should I [take|do]?",
    "[Design|Sketch] a logo [for {W}|with {t}].",
    "Generate an image of {t}.",
    "[Build|Program] me a [website|game|robot].",
    "[Ship|Deliver|Bring] {t} to {W}.",
    "~Turn off the music in the kitchen.",
    "~Cancel my order of {t}.",
    "~Will it be sunny in {W} tomorrow?",
    "~Translate what they say in {W}.",
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
