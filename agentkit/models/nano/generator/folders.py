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
        "How big is {f}, counted in files?",
        "How crowded is {f}? [A|One] number of files is enough.",
        "ls {f} piped to wc -l",
        "[Do a headcount|Take a headcount] of the files in {f}.",
        "How large is the collection of files in {f}?",
        "[file count|files count|number files|num files] {f}",
        "[My|The] disk is nearly full, so I wonder how many files {f} [contains|has collected] by now.",
        "Before I zip {f}: how many files [go|would go] into the archive?",
        "How many files would vanish if {f} were deleted?",
        "Check {f} and report back only [how many files it has|the file count].",
        "Has {f} got many files? Give a [figure|number].",
        "The [amount|quantity] of files in {f} interests me.",
        "[Somebody|My boss|A colleague] asked how many files {f} holds. What should I answer?",
        "I bet {f} has loads of files. What's the real number?",
        "Could you [determine|establish|figure out] how many files {f} has?",
        "<work> how many [files|entries] {f} has.",
        "<give> [a|the] file count for {f}.",
        "<give> just one number: how many [files|items] {f} contains.",
        "<read> {f} and count what is there.",
        "Step into {f} and count its files.",
        "Is {f} empty, or how many files does it [have|contain]?",
        "Of how many files does {f} consist?",
        "{f} consists of how many [files|entries]?",
        "{f}: [file count|number of entries|how many files]?",
        "For {f}, [return|report|output] the number of files.",
        "How many files make up {f}?",
        "How many [file names|lines] would a listing of {f} [show|have]?",
        "When you list {f}, how many [entries|names] do you get?",
        "[Please be so kind as to|Kindly] count the entries of {f}.",
        "It is [important|necessary] for me to learn how many files {f} comprises.",
        "[Not|I'm not asking] what is in {f}, [only|just] how many files.",
        "[Never mind|Forget] the names; how many files does {f} have?",
        "How many files has {f} [got|accumulated]?",
        "How many files did [I|we|they] end up with in {f}?",
        "[A backup of|Uploading] {f} would cover how many files?",
        "[I lost track of|I've lost count of] the files in {f}. How many are there?",
        "I [guess|think] {f} has dozens of files, but please count them.",
        "Count how many documents [someone|the team] left in {f}.",
        "What's the [size|extent] of {f} in number of files?",
        "[Wanted|Needed]: the number of files in {f}.",
        "How many things would I see if I [looked|peeked] into {f}?",
        "Ascertain the number of files present in {f}.",
        "Make a count of [whatever|all that] is in {f}.",
        "Go through {f} and tell me the [total|count] of files.",
        "How many files [belong to|are part of] {f}?",
        "[Quick|Short] question: how many files in {f}?",
        "Do I have a lot of files in {f}? Say how many.",
        "How many pieces does {f} [contain|hold]?",
        "[Report|Message|Write] me the file total of {f}.",
        "There is {f}. How many files are inside?",
        "Inside {f} there are how many files?",
        "How many files am I [storing|keeping] in {f}?",
        "[The script|My program] reads every file in {f}. How many [will that be|is that]?",
        "How many inhabitants, I mean files, does {f} have?",
        "To how many files does {f} [amount|come]?",
        "[See|Check] how many files [ended up|landed|are sitting] in {f}.",
        "[total files|total entries|item count] {f}",
        "Number the files in {f} and give me the last number.",
        "With how many files is {f} filled?",
        "I must [print|review] every file in {f}; how many will I have to [handle|go through]?",
        "So {f} has files. But how many?",
        "[All|Every one] of the files in {f}, counted, please.",
        "Get the count of [directory |]entries for {f}.",
        "Is the number of files in {f} high? What is it?",
        "I'd [love|be curious] to hear how many files {f} currently has.",
        "Have you counted the files in {f} yet? Please do.",
        "[Summarize|Describe] {f} by its number of files alone.",
        "How many files are [present|available|located] in {f} [right now|at the moment|today]?",
        "[Don't list|Without listing] {f}, [just say|say] how many files it has.",
        "For my report I need to state how many files {f} has.",
        "The count of everything in {f} would [help|be useful to] me.",
        "How many files do I have to [expect|deal with] in {f}?",
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
        "What's inside {f}?",
        "What's in {f}?",
        "Open {f} and show me [around|what you see].",
        "[Browse|Explore|Inspect] {f}.",
        "Peek into {f} for me. What do you see?",
        "[Display|Reveal|Present] the [contents|files] of {f}.",
        "Let me see {f}'s contents.",
        "[directory listing|folder contents|files inside] {f}",
        "[Go|Walk] through {f} and name each file.",
        "[tree|ls -a|ls -1|ls -la] {f}",
        "What does {f} [contain|hold|consist of|comprise]?",
        "{f}: what's in there?",
        "{f} contains what?",
        "{f} - which files?",
        "Name everything that [lies|sits|lives] in {f}.",
        "Of which files does {f} consist?",
        "Read me the file names in {f}.",
        "[Kindly|Please] [provide|supply|return] the names of the files located in {f}.",
        "Could I [have|get|see] a listing of {f}?",
        "May I see what {f} has [to offer|inside]?",
        "I'm curious about what {f} has inside.",
        "I [want|wish|need] to know the names of all files [present|available] in {f}.",
        "If I opened {f}, what files would I see?",
        "[Before|Until] I delete {f}, I [want|need] to see what is in it.",
        "I [need|am looking for] a certain file but forgot its name. Show me all that are in {f}.",
        "My colleague [sent|gave] me {f}. What has it got in it?",
        "We [inherited|took over] {f} from someone. Which files does it have?",
        "Don't open any file, [just|only] show which ones are in {f}.",
        "Don't count them, [name|list] the files in {f}.",
        "Is there anything in {f}? Show me.",
        "Is {f} empty? If not, name the files.",
        "What has been [left|dumped|collected] in {f}?",
        "What kind of stuff [is|do I have] in {f}?",
        "What, if anything, is in {f}?",
        "[Give|Hand] me a rundown of {f}, file by file.",
        "A [complete|full] list of the files in {f} would be [nice|helpful|great].",
        "[All|Every one] of the file names in {f}, please.",
        "[Each|Every] file in {f} by name, please.",
        "[Let|Have] me look at the files [within|inside] {f}.",
        "Look up which files [belong to|are part of] {f}.",
        "Take a look at {f}. What's there?",
        "[Get|Fetch|Retrieve] the file names from {f}.",
        "Report [what|whatever] you find in {f}.",
        "[See|Check] what {f} has in it.",
        "Which files [make up|fill|populate] {f}?",
        "Which files did [the program|the build|my team] [leave|write|drop] in {f}?",
        "Which of my files are located in {f}?",
        "Which entries does a listing of {f} [show|give]?",
        "What would ls [show|print] for {f}?",
        "Change into {f} and do an ls.",
        "<tell> what files there are [inside|within] {f}.",
        "<tell> what {f} [contains|consists of].",
        "<tell> by what names the files in {f} go.",
        "<give> [a|the] [directory |file |]listing [of|for] {f}.",
        "<give> an index of {f}.",
        "<read> {f} and tell me what is there.",
        "Catalog [all the|the] files in {f}.",
        "A catalogue of {f}, if you [would|don't mind].",
        "[Itemize|Catalogue|Recite] the contents of {f}.",
        "I [can't|cannot] see into {f} from here. What files has it got?",
        "I've no idea what {f} is full of. Please [look|check].",
        "[Remind me|Refresh my memory]: what did I keep in {f}?",
        "Someone [changed|cleaned up] {f}. What is [in it now|left in it]?",
        "What have [we|I] got in {f}?",
        "Files available in {f}?",
        "What's lying around in {f}?",
        "I want to pick a file from {f}. What are my [choices|options]?",
        "What is there to choose from in {f}?",
        "Which documents would I get if I downloaded {f}?",
        "Show {f}.",
        "What files [sit|live|reside] [inside|under] {f}?",
        "The names of the files that {f} holds, [one by one|nothing more].",
        "For {f}, list file names.",
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
        "How many [places|spots] [use|mention] {t} in {f}?",
        "[number of|total] matches {t} {f}",
        "[occurrence count|hit count|match count] for {t} in {f}",
        "grep {t} in {f} and count the [lines|output lines].",
        "[grep|search for] {t} in {f} piped to wc -l",
        "Search {f} for {t}, then [report|say|return] only the number of hits.",
        "Go through {f} and count [each time|every time] {t} [occurs|appears].",
        "Look through {f} and count the {t} [hits|mentions].",
        "How many {t} are [there |]in {f}?",
        "How many matches does {t} [get|have|produce|yield] in {f}?",
        "How many matches does a search of {f} for {t} [return|give]?",
        "How many times will I [see|read] {t} when I go through {f}?",
        "How many times did [they|someone|the author|we] [write|use] {t} in {f}?",
        "How many times has {t} been [written|typed|used] in {f}?",
        "How many times, all told, is {t} in {f}?",
        "How many times over does {f} [repeat|contain] {t}?",
        "How often does {f} [say|mention|contain|repeat] {t}?",
        "How often will you find {t} if you [comb|scan] {f}?",
        "How often is {t} [repeated|written|named] in {f}?",
        "How commonly is {t} used in {f}? [A number, please.|In numbers.]",
        "How many rows in {f} have {t}?",
        "{f} mentions {t} how many times?",
        "{t} [occurs|appears|stands] how many times in {f}?",
        "{t} in {f}: how often?",
        "{t} in {f}, number of hits only.",
        "{t} - [count|frequency] in {f}?",
        "[Never mind|Forget] the places, how many times is {t} in {f}?",
        "[I don't care|It doesn't matter] where {t} is in {f}, I only need the number of hits.",
        "Not where, but how often {t} [is|occurs] in {f}, please.",
        "Don't show the lines, just count those with {t} in {f}.",
        "Is {t} rare in {f}? Give me the count.",
        "Is {t} used more than once in {f}? How many times exactly?",
        "Does {f} [overuse|repeat] {t}? How many times is it there?",
        "My [editor|teacher] says I overuse {t} in {f}. How many times did I write it?",
        "I plan to rename {t} in {f}. How many [changes|edits|replacements] would I have to make?",
        "If {t} were [deleted|removed] everywhere in {f}, how many lines would change?",
        "To judge the work: how many times does {f} use {t}?",
        "We [must|have to] remove every {t} from {f}; how many are there?",
        "[There seem to be|I see] a lot of {t} in {f}. Count them.",
        "I [guess|think] {t} is all over {f}. Count to be sure.",
        "<tell> how many [hits|matches] {t} has in {f}.",
        "<tell> how many times {f} [mentions|contains] {t}.",
        "<tell> how many lines of {f} [mention|have] {t}.",
        "<give> a count of {t} in {f}.",
        "<give> the frequency of {t} in {f}.",
        "<give> a tally of {t} in {f}.",
        "<work> the number of times {t} [occurs|appears] in {f}.",
        "<read> {f} and count how often {t} [occurs|is there].",
        "Keep a tally of {t} while you read {f} and tell me the result.",
        "Make a frequency count for {t} in {f}.",
        "[Determine|Establish|Ascertain] the frequency of {t} in {f}.",
        "Kindly [report|state] the number of occurrences of {t} within {f}.",
        "Number of lines [in|of] {f} matching {t}?",
        "Number of times {t} occurs in {f}?",
        "What number of lines in {f} match {t}?",
        "What's the hit count for {t} in {f}?",
        "What number of times is {t} [found|seen|present] in {f}?",
        "In how many [lines|places|spots] [in|of] {f} does {t} occur?",
        "On how many lines [in|of] {f} [is|stands] {t}?",
        "At how many places in {f} is {t} [used|mentioned|found]?",
        "Throughout {f}, {t} is used how many times?",
        "Within {f}, count {t}.",
        "For {t}, how many search results in {f}?",
        "When searching {f} for {t}, how many [matches|lines] come back?",
        "Run a search for {t} in {f} and [add up|count] the results.",
        "Every {t} in {f}, [counted|counted up], please.",
        "[Quick|Short] question: how often is {t} in {f}?",
        "I'd [like|love] to hear how often {t} is [found|used] in {f}.",
        "For statistics: [uses|mentions|appearances] of {t} in {f}, as a number.",
        "[Could|Would] you count the [appearances|mentions|instances] of {t} in {f}?",
        "Count how many lines of {f} [include|match|mention] {t}.",
        "How many [copies|repetitions|appearances] of {t} does {f} have?",
        "The count for {t} over all of {f} is what?",
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
        "[Scan|Comb through|Go through|Sift through] {f} for {t}.",
        "Look through {f} and [show|point out|report] each place with {t}.",
        "[Point me to|Lead me to|Direct me to|Take me to] {t} in {f}.",
        "[where|location|find] {t} {f}",
        "[rg|ack|fgrep] {t} {f}",
        "grep -n {t} {f}",
        "grep -l {t} in {f}",
        "Search {f} for {t}.",
        "Search through {f}: I want the lines with {t}.",
        "In {f}, [find|locate|look for] {t}.",
        "{f}: [where is|find] {t}?",
        "{t} - which file in {f}?",
        "{t} - [in which line|on what line] of {f}?",
        "{t} [is|stands|appears] where in {f}?",
        "{t} [got lost|is hiding|is hidden] in {f}. [Find it.|Where?]",
        "{t} is [written|mentioned] in one of the files in {f}. Which one?",
        "Somewhere in {f} someone wrote {t}. [Where|In which file]?",
        "Under what file in {f} do I find {t}?",
        "On [which|what] line of {f} [is|stands|appears] {t}?",
        "Where exactly does {f} [mention|say|use|contain] {t}?",
        "Where, in all of {f}, [is|do you see] {t}?",
        "Where should I look in {f} for {t}?",
        "Where must I go in {f} to [see|read|edit] {t}?",
        "Where did [they|someone|the author|we] [write|put|use] {t} in {f}?",
        "Where is {t} [defined|set|stated|located] in {f}?",
        "From which file in {f} does {t} come?",
        "An error message says {t}. Where in {f} does that [come from|stand]?",
        "I [read|saw] {t} in {f} yesterday, but where was it?",
        "I want to [jump|go] to {t} in {f}. [Give me the place.|Which line?]",
        "I want to rename {t} in {f}; show me all [places|lines] to change.",
        "If {t} [is|occurs] in {f}, show me where.",
        "Should {t} be anywhere in {f}, name the file and the line.",
        "If I wanted to [delete|remove] {t} from {f}, which lines would I have to touch?",
        "Help me [find|locate|track down] {t}, it's somewhere in {f}.",
        "You don't need to count, just show me where {t} is in {f}.",
        "Not how often, but where {t} is in {f}, please.",
        "Let me see [the lines|every line] of {f} [containing|matching|that include] {t}.",
        "[Print|Display|Output|Return] the lines [in|of] {f} that [match|contain] {t}.",
        "Line numbers [of|for|with] {t} in {f}[, please.|?]",
        "Files in {f} that [mention|contain|include] {t}?",
        "Filter {f} for lines with {t}.",
        "[Extract|Pull|Fetch] every line with {t} from {f}.",
        "Show where {t} [is|can be seen|is found] in {f}.",
        "Show me {t} in {f} with the line number.",
        "Show {t} in its context in {f}.",
        "Who uses {t} in {f}? I mean, which file?",
        "Which parts of {f} [mention|deal with|refer to|speak of] {t}?",
        "Which passages [in|of] {f} [contain|quote|use] {t}?",
        "Which file in {f} is the one with {t}?",
        "Which files would I have to open in {f} to see {t}?",
        "What lines [come up|are returned] when I search {f} for {t}?",
        "What are the places where {f} [uses|mentions] {t}?",
        "<tell> on [which|what] line in {f} {t} [is|appears].",
        "<tell> whether {f} has {t}, and where.",
        "<tell> which [part|passage] of {f} mentions {t}.",
        "<give> the [location|position|whereabouts] of {t} in {f}.",
        "<give> [all |the |]line numbers of {t} in {f}.",
        "<give> the spots in {f} where {t} [is|occurs].",
        "<read> {f} and look for {t}.",
        "<read> {f} and show me the lines with {t}.",
        "Kindly [identify|indicate] the files in {f} in which {t} [appears|occurs].",
        "[Discover|Detect|Identify] {t} in {f}.",
        "[Use grep|Use the search] to find {t} in {f}.",
        "Run a search over {f} for {t} and [show|print] what matches.",
        "Have a look in {f}, where is {t}?",
        "Any [trace|sign|mention] of {t} in {f}? Show me [where|the place].",
        "Are there [lines|files|places] in {f} with {t}? [Which|Show me which]?",
        "Has {t} been [used|mentioned] in {f}? Show me the [line|file].",
        "Could you search {f} and tell me where {t} [is|stands]?",
        "Please [check|see] where {f} [has|mentions] {t}.",
        "Everything in {f} that [matches|mentions] {t}, please.",
        "The line [in|of] {f} that [says|has|contains] {t}, please.",
        "I've been searching for {t} in {f} without luck. Please look.",
        "My search for {t} in {f} [failed|found nothing]. You try.",
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
        "{t}: number of {s}?",
        "{t} - count its {s}.",
        "{t} ... how many {s} [is|was] this?",
        "{t} [is|makes|comes to] how many {s}?",
        "{t} should not be too long. How many {s} is it?",
        "{t}. That was my text; now [count|tell me] the {s}, please.",
        "{t}. [Please|Kindly] state the number of {s}.",
        "[count|number of|total] {s}: {t}",
        "[statistics|stats], {s}: {t}",
        "How many {s} do you [see|find|count|get] in {t}?",
        "How many {s} am I using [when I write|in] {t}?",
        "How many {s} did I [write|type|use] here: {t}?",
        "How many {s} go into {t}?",
        "How many {s} would I have to [type|write] for {t}?",
        "How many {s} [altogether|in all|overall] does {t} come to?",
        "How many {s} does it take to write {t}?",
        "How many {s} [exactly |]are [inside|within] {t}?",
        "How many {s} is {t}?",
        "How many {s} does the following have? {t}",
        "How many {s} is the [message|phrase|line|quote] {t}?",
        "How many {s} would you say {t} has? Count them.",
        "How great is the number of {s} in {t}?",
        "In {t}, how many {s} [are there|do you see|occur]?",
        "In {t}, the {s}: how many?",
        "[Measure|Determine|Establish] the length of {t} in {s}.",
        "Measured in {s}, how long is {t}?",
        "Length of {t} in {s}?",
        "Length in {s}: {t}",
        "What's the {s} count [of|for] {t}?",
        "What number of {s} does {t} [have|contain|come to]?",
        "What is the total of {s} in {t}?",
        "What do you get when you count the {s} in {t}?",
        "<tell> how many {s} {t} [has|contains|consists of].",
        "<tell> how long {t} is in {s}.",
        "<tell> how many {s} I need for {t}.",
        "<give> a count of the {s} in {t}.",
        "<give> the length of {t} in {s}.",
        "<work> the number of {s} in {t}.",
        "<work> how many {s} {t} has.",
        "Read {t} and [count|tell me] [the|how many] {s}.",
        "Go over {t} and count [all|the] {s}.",
        "Split {t} into {s} and [count|tell me how many you get].",
        "Break {t} up into its {s}. How many are there?",
        "Number the {s} of {t} and give me the last number.",
        "[Ascertain|Report|State] the number of {s} that {t} comprises.",
        "Can you count {s}? Then do it for {t}",
        "Could you count [up |]the {s} [for|in] {t}, please?",
        "Would you tell me how many {s} {t} has?",
        "My [teacher|editor|boss] wants the number of {s} in {t}.",
        "My [title|slogan|headline] is {t}. How many {s} does it have?",
        "My [tweet|post|summary] reads {t}. How many {s} have I used?",
        "The form [limits|restricts] the number of {s}. How many has {t} got?",
        "I'm [paid|charged] by the number of {s}. How many are there in {t}?",
        "I [counted|tried to count] the {s} in {t} but lost track. How many are there?",
        "I [can't|don't want to] count the {s} in {t} myself. Do it for me.",
        "I'd like [the|all] {s} of {t} counted.",
        "I'd like to learn how many {s} {t} has.",
        "Is {t} long? Count its {s}.",
        "Are there many {s} in {t}? Give me the number.",
        "Has {t} got a lot of {s}? How many?",
        "If you count the {s} in {t}, what do you get?",
        "If {t} is [cut|divided] into {s}, how many [result|are there]?",
        "When I [send|post] {t}, how many {s} am I sending?",
        "Suppose I [print|publish] {t}. How many {s} would that be?",
        "Don't [translate|explain] it, just count the {s}: {t}",
        "No [comment|opinion] needed, only the number of {s} in {t}.",
        "Below is a [passage|text|string]; count its {s}. {t}",
        "For the following [phrase|string|passage], [give|find] the number of {s}: {t}",
        "Given {t}, how many {s}?",
        "From how many {s} is {t} made?",
        "With how many {s} is {t} written?",
        "Made up of how many {s} is {t}?",
        "Quickly, the number of {s} in {t}!",
        "Text length, unit {s}: {t}",
        "The quantity of {s} in {t}?",
        "All the {s} in {t}, counted, please.",
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
