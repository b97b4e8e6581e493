# ruff: noqa: E501 - tables of wordings are easier to read in long lines
"""What is in a folder, and where a text stands in it; and texts to be counted."""

import json
from random import Random

from agentkit.models.nano.generator import results
from agentkit.models.nano.generator.files import text_lines
from agentkit.models.nano.generator.phrases import expand, listing, pick, polite
from agentkit.models.nano.generator.task import Dialogue, Task
from agentkit.models.nano.generator.words import file_name, folder_name, pseudo_word

_FOLDER_COUNT = (
    "Number of [files|entries] in {f}?", "[Tell me|I want to know] how many files {f} has.", "How full is {f}? [I mean|That is,] how many files?",
    "How many [files|entries|things] are in {f}?", "[Count|Please count] the files in {f}.", "[What is|Tell me] the number of files in {f}.", "How many files does {f} [contain|have|hold]?",
    "~{f}: how many files are there?", "How many files [are there|do you see|do I have] in {f}?",
    "<tell> how many [files|entries] {f} has.",
    "<tell> how many [files|entries|things] are in {f}.",
    "<give> the number of [files|entries] in {f}.",
    "The number of [files|entries] in {f}, please.",
    "How many [files|entries] [can be found|lie|sit] in {f}?",
    "[Count|Please count] [the entries|everything|all files] in {f}.",
    "How many names does {f} have in it?",
    "~[List|Look into] {f} and count the [files|entries].",
    "{f} has how many files?",
    "What is the file count of {f}?",
    "How many files [were|have been] [put|saved|stored|placed] in {f}?",
    "[File count|Number of files|File total|Tally of files] in {f}[?|, please.]",
    "[Files|Entries] in {f}, how many?",
    "[I'm|I am] [cleaning|tidying] up. How many files are [still |]in {f}?",
    "[Any idea|Do you happen to know|Got any idea] how many files are in {f}?",
    "What's the total of [files|entries|items] in {f}?",
    "How many [items|documents|different files] [are there|do we have|can you see] in {f}?",
    "The files in {f} [must|have to|need to|should] be counted.",
    "If I [open|copy|delete|move] everything in {f}, how many files is that?",
    "[Tally|Total|Count up] the [files|entries|items] in {f}.",
    "In {f}, how many [files|entries|items] [are there|do you find|exist]?",
    "[Just|Only] the number of files in {f}, [no names|not their names|without the names].",
    "Are there many files in {f}? How many[ exactly|]?",
    "Run ls in {f} and count the files.",
    "How many [separate |single |]files [live|reside|exist|are kept] in {f}?",
    "I don't need the names, just how many files are in {f}.",
    "Mind counting the files in {f} for me?",
    "[I'd be glad|It would be nice] to know how many files there are in {f}.",
    "What number of [files|entries|items] do you [see|find|count] in {f}?",
    "~How many items are stored in {f}?",
    "~Please tell me the total number of documents in {f}.",
    "~My boss asked about the documents in {f}. How many are there?",
    "~Would you mind counting what is in {f}?",
)  # fmt: skip
_FOLDER_LIST = (
    "[Show|Tell] me what is in {f}.", "[Which|What] files [does|do I find in] {f}[ have|]?", "[Look|Have a look] into {f} and [list|name] the files.", "ls {f}", "Contents of {f}?",
    "[What|Which] files are in {f}?", "[List|Show|Show me|Name] [all |the |]files [in|of] {f}.", "~What [is|do you find] in {f}?", "~What does {f} contain?", "~Give me an overview of {f}.",
    "[Can|Could] you list {f}?", "Which names are there in {f}?",
    "<tell> what is in {f}.",
    "<tell> which [files|entries] {f} [has|contains|holds].",
    "~<give> a list of the files in {f}.",
    "<give> the [contents|files|names|entries] of {f}.",
    "<read> {f} and <give> the files.",
    "dir {f}",
    "[List|Print|Show] the [contents|entries] of {f}.",
    "What [files|entries] [are there|exist|lie] in {f}?",
    "What do we have in {f}?",
    "The files in {f}, please.",
    "List {f}.",
    "What can I find in {f}?",
    "I want to see what is in {f}.",
    "Look around in {f}.",
    "[What is|What's] [stored|kept|saved] in {f}?",
    "[Enumerate|Write down|Write out|Spell out] the [files|entries|names] in {f}.",
    "By what names do the files in {f} go?",
    "What are the files in {f} [called|named]?",
    "[Names|Filenames|File names|Listing|File list] of {f}[?|, please.]",
    "[Which|What] [documents|items|things] are [stored|kept|saved|lying] in {f}?",
    "[I'm|I am] [new here|lost|looking around]. What [files|documents] are in {f}?",
    "I [forgot|don't remember|am not sure] what I [put|saved|stored] in {f}. [Show me.|List it for me.|Can you look?]",
    "[Any idea|Do you happen to know|Got any idea] what is in {f}?",
    "What did [I|we|they|someone] [put|store|save] in {f}?",
    "[Make|Write|Produce|Create] a list of [what is|the files|everything] in {f}.",
    "Do a directory listing of {f}.",
    "Let's see what [is|we have|there is] in {f}.",
    "[Tell|Show] me the [names|file names] of [everything|all files|the files] in {f}.",
    "In {f}, which files [are there|exist|do you see]?",
    "ls -l {f}",
    "Mind listing the files in {f} for me?",
    "What exactly is in {f}?",
    "What [things|documents|items] does one find in {f}?",
    "Inventory of {f}, please.",
    "The [contents|files|entries] of {f} should be listed.",
    "I'd like an overview of the files in {f}.",
    "Which files could I [open|read|edit] in {f}?",
    "What is there to see in {f}?",
    "~Which documents did someone store in {f}?",
    "~Please write out the names of all files in {f}.",
    "~I don't remember the file names in {f}. What are they?",
    "~Take inventory of everything in {f}.",
)  # fmt: skip


def list_folder(rng: Random, *, held_out: bool) -> Task:
    counting = rng.random() < 0.5
    here = rng.random() < 0.3
    folder = "." if here else folder_name(rng, held_out=held_out)
    names: set[str] = set()
    wanted = (
        rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 10)) if counting else rng.choice((1, 2, 3, 3, 4, 5, 6))
    )
    while len(names) < wanted:
        names.add(file_name(rng, held_out=held_out).rsplit("/", 1)[-1])
    files = {name if here else f"{folder}/{name}": "text\n" for name in sorted(names)}
    shown = (
        rng.choice(
            ("this folder", "the current folder", "the working directory", "here", "this directory")
        )
        if here
        else rng.choice(
            (
                folder,
                f"the folder {folder}",
                f"{folder}/",
                f"`{folder}`",
                f'"{folder}"',
                f"the {folder} folder",
                f"the directory {folder}",
            )
        )
    )
    request = (
        expand(
            rng, pick(rng, _FOLDER_COUNT if counting else _FOLDER_LIST, held_out=held_out), f=shown
        )
        .replace("in here", "here")
        .replace("of here", "here")
    )
    talk = Dialogue(polite(rng, request))
    asked = folder + "/" if f"{folder}/" == shown else folder
    talk.call("I list the files.", ("list_files", {} if here else {"folder": asked}))
    listed = results.list_files(files, folder)
    talk.result(listed)
    head, *found = listed.splitlines()
    subject = "This folder" if here else asked
    if counting:
        talk.answer("That is the result.", f"{subject} has {head}.")
        return talk.task("folder, how many", head.split()[0], files=files)
    talk.answer("That is the result.", f"{subject} contains {listing(found)}.")
    return talk.task("folder, which", *found, files=files)


_FIND_COUNT = (
    "[Find|Search] {t} in {f} and [count the matches|tell me how many].", "How many [hits|occurrences] [of|for] {t} [are there |]in {f}?",
    "How [often|many times] [does|is] {t} [occur|appear|used|mentioned] in {f}?", "How many lines [contain|mention|with] {t} [are there |]in {f}?", "Count the [matches|lines|occurrences] [of|with] {t} in {f}.",
    "In {f}, how many lines have {t} in them?", "~How many matches for {t} are in {f}?",
    "<tell> how [often|many times] {t} [occurs|appears|is used|stands] in {f}.",
    "<give> the number of [matches|hits|lines] for {t} in {f}.",
    "How many times [is {t} found|do you find {t}|do we have {t}] in {f}?",
    "The number of [matches|hits] for {t} in {f}, please.",
    "~[Search|Look for] {t} in {f}: how many [hits|matches|times]?",
    "Count {t} in {f}.",
    "{t}: how many [hits|matches] in {f}?",
    "How frequent is {t} in {f}?",
    "[In|Across] {f}, how often do you see {t}?",
    "What is the [count|total|frequency|number of occurrences] of {t} in {f}?",
    "[Tally|Total|Count up] [the uses of|the occurrences of|the hits for|every] {t} in {f}.",
    "I keep seeing {t}. How [often|many times] is it in {f}?",
    "[Any idea|Do you happen to know|Got any idea] how [often|many times] {t} [comes up|turns up|is used] in {f}?",
    "How many times [does|did] {t} [come up|turn up|show up|pop up] in {f}?",
    "If I [search|grep] for {t} in {f}, how many [hits|matches|results] do I get?",
    "[Hits|Matches|Occurrences|Count] of {t} in {f}[?|, how many?]",
    "grep -c {t} in {f}",
    "Is {t} [frequent|common|often used] in {f}? How many times [is it there|does it occur]?",
    "How many [mentions|uses|instances] of {t} [can you find|exist|are there] in {f}?",
    "How many [lines|places] in {f} [have|show|include] {t}?",
    "I want to replace {t} in {f}. How many [matches|places|occurrences] [are there|would that be]?",
    "How many search [hits|results] [are there|do you get] for {t} in {f}?",
    "The [occurrences|uses|instances] of {t} in {f} [must|have to|should] be counted.",
    "[Just|Only] the number of [hits|matches] for {t} in {f}, [not the places|nothing else].",
    "Does {t} occur in {f}, and if so, how [often|many times]?",
    "With what frequency does {t} [occur|appear] in {f}?",
    "~How many times does one come across {t} in {f}?",
    "~I have seen {t} in {f} before. How many occurrences are there?",
    "~Please count how often {t} was used in {f}.",
    "~{t} in {f}: number of hits?",
    "Counting every one, how often do you [come across|run into|meet] {t} in {f}?",
)  # fmt: skip
_FIND_WHERE = (
    "[Locate|Find me] {t} in {f}.", "grep {t} in {f}", "Is there {t} in {f}[, and where|]?",
    "[In which file|Where] [is|does|do we find] {t} [occur|appear|mentioned|used|] in {f}?", "[Find|Search for|Look for|Search] {t} in {f}.", "Which file[s|] in {f} [contain|mention|contains|mentions] {t}?",
    "~[On which line|Where exactly] is {t} in {f}?", "Can you find {t} somewhere in {f}?", "Where in {f} is {t}?", "Tell me where {t} stands in {f}.",
    "<tell> where {t} [is|stands|occurs|appears] in {f}.",
    "<tell> [which|in which] file in {f} {t} [is|stands].",
    "<give> the [places|lines|files] in {f} that [have|contain|mention] {t}.",
    "Where [can I find|do I find|did you see] {t} in {f}?",
    "~[Search|Go through|Scan] {f} for {t}.",
    "{t} in {f}: where?",
    "At [which|what] [place|line] [in|of] {f} do I find {t}?",
    "[Which|What] lines of {f} have {t}?",
    "I am looking for {t} in {f}.",
    "Find every {t} in {f}.",
    "[Whereabouts|In what place|At what spot] in {f} is {t}?",
    "I [remember|know] {t} is somewhere in {f}. [Where|In which file]?",
    "[Any idea|Do you happen to know|Got any idea] where {t} is in {f}?",
    "Where does {t} [come up|turn up|show up|pop up|hide] in {f}?",
    "Where was {t} [written|used|mentioned|put] in {f}?",
    "Do a [text |full |]search for {t} in {f}[ and show me the hits| and report the places|].",
    "[Track down|Hunt down|Hunt for|Spot|Pinpoint] {t} in {f}.",
    "[File and line|Location|Position|Place] of {t} in {f}[?|, please.]",
    "Show me [the lines|every line|all lines|all places] in {f} with {t}.",
    "Does {t} [occur|appear|exist] [anywhere|somewhere] in {f}? [Where|If so, where|In which file]?",
    "I need to [change|replace|fix|edit] {t} in {f}. [Where is it|Where do I find it|Which file is it in]?",
    "I [can't|cannot|could not] find {t} in {f}. [Where is it|Can you|Can you help me find it]?",
    "Which [document|file] in {f} [has|includes|talks about] {t}?",
    "[List|Show|Name] [the places|the lines|all matches] in {f} where {t} [occurs|appears|is used].",
    "grep -rn {t} in {f}",
    "In {f}, where [is|do you see|do we have] {t}?",
    "What file uses {t} in {f}?",
    "All [hits|matches|places] for {t} in {f}[, please.|: where are they?]",
    "In which line of which file in {f} [is|stands] {t}?",
    "{t} must be somewhere in {f}, [find it|please find it|but where?]",
    "See [if|whether] {t} is in {f} and [tell me where|show me the place].",
    "Where would I [come across|run into|meet] {t} in {f}?",
    "~Which file and line have {t} in {f}?",
    "~Someone left {t} in {f}. Where should I look?",
    "~Please show me all places where {t} was used in {f}.",
    "~At which places does {t} come up in {f}?",
)  # fmt: skip


def find(rng: Random, *, held_out: bool) -> Task:
    counting = rng.random() < 0.5
    here = rng.random() < 0.3
    folder = "." if here else folder_name(rng, held_out=held_out)
    needle = (
        rng.choice(("TODO", "FIXME", "error", "import", "version", "timeout", "password"))
        if rng.random() < 0.3
        else pseudo_word(rng, held_out=held_out)
    )
    if rng.random() < 0.15:
        needle += " " + pseudo_word(rng, held_out=held_out)
    files: dict[str, str] = {}
    matches = (
        rng.choice((0, 1, 1, 2, 2, 3, 4, 6)) if counting else rng.choice((0, 1, 1, 1, 2, 2, 3))
    )
    count = rng.randint(1, 3)
    names: set[str] = set()
    while len(names) < count:
        names.add(file_name(rng, held_out=held_out).rsplit("/", 1)[-1])
    contents = {
        name: text_lines(rng, rng.randint(4, 40), held_out=held_out) for name in sorted(names)
    }
    for _ in range(matches):
        lines = contents[rng.choice(sorted(contents))]
        place = rng.randrange(len(lines))
        if needle not in lines[place]:
            lines[place] = rng.choice(
                (
                    f"{lines[place]} {needle}",
                    f"{needle}: {lines[place]}",
                    f"# {needle} {lines[place]}",
                )
            )
    files = {
        name if here else f"{folder}/{name}": "\n".join(lines) + "\n"
        for name, lines in contents.items()
    }
    shown = (
        rng.choice(
            (
                "this folder",
                "this project",
                "the current folder",
                "all files here",
                "the files here",
            )
        )
        if here
        else rng.choice((folder, f"the folder {folder}", f"`{folder}`", f"the files of {folder}"))
    )
    text = rng.choice(
        (
            needle,
            f'"{needle}"',
            f"`{needle}`",
            f"'{needle}'",
            f"the word {needle}",
            f"the text {needle}",
        )
    )
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng,
                pick(rng, _FIND_COUNT if counting else _FIND_WHERE, held_out=held_out),
                t=text,
                f=shown,
            ),
        )
    )
    arguments = {"text": needle} if here else {"text": needle, "folder": folder}
    talk.call("I search for the text.", ("find_text", arguments))
    found = results.find_text(files, needle, folder)
    talk.result(found)
    head, *hits = found.splitlines()
    total = head.split()[0]
    if not hits:
        talk.answer("There is nothing.", f"I found no match for {needle}.")
        return talk.task("find, nothing", "no match", files=files)
    if counting:
        talk.answer("That is the result.", f"I found {head} for {needle}.")
        return talk.task("find, how many", total, files=files)
    places = []
    for hit in hits:
        path, line, _ = hit.split(":", 2)
        places.append(f"{path} line {line}")
    talk.answer("That is the result.", f"{needle}: {listing(places)}.")
    return talk.task("find, where", *places, files=files)


_STATISTICS = (
    "How many {s} [are in|has|does] [this text|the text|this sentence|]: {t}", "Count the {s} [in|of] {t}.", "How many {s} [are in|are there in] {t}?", "The number of {s} in {t}, please?",
    "[Tell me|Give me] the number of {s} in {t}.", "{t} - how many {s}?",
    "<tell> how many {s} [are in|there are in] {t}.",
    "<give> the number of {s} [of|in] {t}.",
    "[Count|Please count] the {s} in this: {t}",
    "[Here is a text|A text]: {t}. How many {s}?",
    "How many {s} does {t} [have|contain|consist of]?",
    "~{t} has how many {s}?",
    "The number of {s} in this text: {t}",
    "~The {s} in {t}: how many are there?",
    "[For|In] the text {t}, count the {s}.",
    "How long is {t} in {s}?",
    "[Tally|Total|Count up] the {s} [of|in] {t}.",
    "{s} in {t}, how many?",
    "{s} in {t}?",
    "What is the [number|count] of {s} in {t}?",
    "[I have|I wrote|Someone sent me|My friend wrote] this: {t}. How many {s} [is that|is it|are there]?",
    "[Any idea|Do you happen to know|Got any idea] how many {s} are in {t}?",
    "[Look at|Consider|Take] [this|the text] {t}. How many {s} [do you see|can you count|are in it]?",
    "The {s} [of|in] {t} [must|have to|should] be counted.",
    "How many {s} [long is|make up|can be found in] {t}?",
    "How many {s} were [used|typed|written] in {t}?",
    "Into how many {s} can {t} be split?",
    "What's the length of {t}, [measured |counted |]in {s}?",
    "If I [type|write|send] {t}, how many {s} is that?",
    "[Just|Only] the number of {s} in {t}, [nothing else|that's all].",
    "Of how many {s} does {t} consist?",
    "Mind counting the {s} in {t} for me?",
    "Text: {t}. [Wanted|Needed]: the number of {s}.",
    "There is a limit on {s}. How many are in {t}?",
    "~I have written {t}. What is its length in {s}?",
    "~Please tell me the total of {s} in {t}.",
    "~Would you count how many {s} this text has: {t}",
)  # fmt: skip


def statistics(rng: Random, *, held_out: bool) -> Task:
    lines = text_lines(rng, 1, held_out=held_out)
    text = lines[0].capitalize() + rng.choice((".", "", "!", "?"))
    if rng.random() < 0.3:
        text += " " + text_lines(rng, 1, held_out=held_out)[0].capitalize() + "."
    counted = json.loads(results.text_statistics(text))
    wanted = rng.choice(
        [
            name
            for name in ("characters", "words", "sentences", "words", "characters")
            if name in counted
        ]
    )
    shown = (
        rng.choice(("letters and signs", "characters", "characters"))
        if wanted == "characters"
        else wanted
    )
    mark = rng.choice(('"', '"', '"', "'", "`"))
    talk = Dialogue(
        polite(
            rng,
            expand(
                rng, pick(rng, _STATISTICS, held_out=held_out), s=shown, t=f"{mark}{text}{mark}"
            ),
        )
    )
    talk.call("I count in the text.", ("text_statistics", {"text": text}))
    talk.result(results.text_statistics(text))
    noun = wanted if counted[wanted] != 1 else wanted[:-1]
    talk.answer("That is the result.", f"The text has {counted[wanted]} {noun}.")
    return talk.task("text statistics", str(counted[wanted]))
