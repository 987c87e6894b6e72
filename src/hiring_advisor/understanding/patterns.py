"""What visitors write when they want something: the patterns behind `intent`.

All run over lower-case text of the same length as the message; none is nested without bound.
"""

from __future__ import annotations

import re

RECOMMEND = re.compile(
    r"\b(?:(?:who|whom|what|which)(?: \w+){0,3} (?:should|shall|do|would|can|must|could) (?:we|"
    r"i|they|my|our|he|she|the client|you)(?: \w+){0,3} (?:hire|choose|pick|take|get|employ|"
    r"recommend|go|use|bring|recruit|advise|suggest|engage|select|contract|need|look for|"
    r"build)|"
    r"(?:so |and |then )?(?:who|whom) (?:do|should|shall|to|would|can|must|could) (?:i|we|you|"
    r"they)? ?(?:hire|choose|pick|take|employ|recruit|recommend|get|go|use|build|engage)|"
    r"(?:your|any|give me (?:a|your)|a|the|final|an) (?:recommendation|advice|verdict|"
    r"suggestion|opinion|pick|take)|(?:recommend|advise|suggest)(?: me| us)?\b|"
    r"(?:freelancers?|contractors?|freelance) or (?:a |an )?(?:full|permanent|employee|"
    r"employees|in|fixed|staff|own|hire|hiring|perm)|(?:full[- ]?time\w*|permanent|employees?|"
    r"in[- ]?house|staff|perm)(?: \w+){0,2} or (?:a )?(?:freelance\w*|contractors?|externals?|"
    r"agency)|"
    r"(?:what|which)(?: option| one| model| way| is| would be| fits| suits|"
    r" works)(?: \w+){0,3} (?:for (?:us|me|our|my|this|them|the client)|better for us|"
    r"right for us|best for)|"
    r"(?:should|shall|must|can) (?:we|i|they|he|she|the client) (?:better |rather |really |"
    r"just |go |now )?(?:hire|use|take|get|employ|choose|pick|go (?:for|with)|engage|bring|"
    r"recruit|contract|outsource)|"
    r"(?:need|want|looking for|like|appreciate) (?:some |your |an? |the )?(?:advice|"
    r"recommendation|guidance|help (?:deciding|to decide|choosing)|verdict|second opinion|"
    r"opinion)|help (?:us|me) (?:to )?(?:decide|choose|pick)|"
    r"what (?:would|do|should) (?:you|we|i) (?:recommend|suggest|advise|do|hire|choose|take)|"
    r"what do you think|your thoughts|thoughts(?=\?)|which way to go|better off with|who (?:is|"
    r"would be|fits|suits)(?: the)? (?:right|best|better|a better fit)|"
    r"who (?:could|should|can|would|will) (?:build|do|make|handle|develop|run|take) (?:this|it|"
    r"that|our|my|such))\b"
)
OPTION_ASKED = re.compile(
    r"(?:^|[.!,;:] *)(?:so |and |or |then |maybe |better )?(?:a )?(?:freelancers?|freelance|"
    r"contractors?|"
    r"full[- ]?time\w*|employees?|hybrid|in[- ]?house)(?: (?:ok|okay|good|enough|fine|then|"
    r"or not|possible|"
    r"right|better|guy|person|engineers?|team|instead))* ?\?|"
    r"\bwhat(?:'?s| is| would be) (?:better|best|the best|right)(?: (?:for|here|then|option|"
    r"choice|way)\b[^?.]{0,30})?\W*$|"
    r"\bwho\?\s*$|\bhire or (?:outsource|not|contract|freelance\w*)|\b(?:freelancers?|"
    r"contractors?) or (?:full|perm|hire|employ|in)\w*"
)
ABOUT_OPTIONS = re.compile(
    r"^(?:and |but |so )?(?:do|does|can|could|are|is|will|would|did|have|has|why do|why are|how do)"
    r" (?:the |a |most |good |some )?(?:freelanc\w+|contractors?|externals?|employees|permanent\w*|"
    r"full[- ]?time\w*|in[- ]?house\w*|staff)\b[^.]*\?*$"
)
FLIP = re.compile(
    r"\b(?:what (?:would|could|might|will|can|has to|needs to|must) (?:change|flip|turn|alter|"
    r"sway|happen for|make you (?:say|choose|recommend|change))|change your (?:mind|verdict|"
    r"recommendation|opinion|answer|advice)|"
    r"when would (?:it|you|the verdict|your)|under (?:what|which) (?:circumstances|conditions))\b"
)
WHY = re.compile(
    r"^\W*(?:but |and |ok |so )?(?:why|how come|why (?:is )?that|why so|"
    r"why (?:not )?(?:freelancers?|full[- ]time|hybrid|them)|explain(?: that| why)?|"
    r"what makes you (?:say|think) (?:that|so)|reasons?|because\?|on what grounds|"
    r"what are your reasons)\b[^.]{0,40}\W*$"
)
NEW_PROJECT = re.compile(
    r"\b(?:(?:new|another|different|second|next|separate|other) (?:project|case|topic|client|"
    r"lead|customer|idea|request|inquiry|one now)|start (?:over|again|afresh|anew|"
    r"from scratch)|forget (?:everything|all (?:that|of that)|what i said|the above)|"
    r"from scratch please|reset|clean slate|unrelated project)\b"
)
NEW_PROJECT_START = re.compile(
    r"\b(?:now|next|also|start|begin|forget|reset|different|another|ok|new project(?=[:,.!])|for a|"
    r"i have|we have|about a|here is|here's|consider)\b"
)
PERSON = re.compile(
    r"\b(?:(?:talk|speak|chat|connect|get in touch|put me through|transfer me|call) (?:to|with|"
    r"me)? ?(?:a|an|some|your|the|one of your)? ?(?:real |actual |live |human )?(?:person|"
    r"human|someone|somebody|people|expert|experts|agent|consultant|sales|team|colleague|"
    r"advisor|representative|engineer|staff)|"
    r"(?:contact|reach|call|email|e-mail) (?:you|someone|your (?:team|sales|experts)|a human|"
    r"the author|esparkbiz)|call me back|human (?:please|agent|being please)|can (?:someone|"
    r"somebody) (?:call|contact|phone|ring))\b"
)
QUOTE = re.compile(
    r"\b(?:(?:request|get|send|give|need|want|make|prepare|like|ask for|have)(?: me| us)? (?:a|"
    r"an|the|your|us a|me a|some)? ?(?:price )?(?:quote|quotation|cost estimate|estimate|"
    r"price offer|proposal|offer for)|what (?:would|do|does) (?:you|it|your team|"
    r"your service\w*) (?:charge|cost us to have you))\b"
)
MEETING = re.compile(
    r"\b(?:(?:schedule|book|arrange|set up|make|plan|organi[sz]e|have)(?: me| us)? (?:a|an|"
    r"the)? ?(?:short |quick |first |free |intro |discovery )*(?:meeting|call|appointment|demo|"
    r"consultation|session)|when can we (?:meet|talk|call)|free (?:slot|consultation))\b"
)
IS_BOT = re.compile(
    r"\b(?:(?:are|r|is) (?:you|u|ya|this|that|there|it) (?:really |just |actually |even |a |"
    r"an |the |still |only )*(?:real|human|bot|robot|machine|person|ai|chatbot|computer|"
    r"program|someone|somebody|assistant|automated|llm|gpt|chatgpt|alive|people)|(?:u|"
    r"you) (?:a )?(?:bot|robot|human|real)|"
    r"(?:who|what) (?:are|r|is) (?:you|u|this)\b"
    r"(?! (?:for|going|saying|doing|recommending|article|text|blog|source|comparison|table))|"
    r"am i (?:talking|speaking|chatting|writing) (?:to|with)|who am i (?:talking|speaking)|"
    r"who (?:made|built|created|runs|trained|programmed) (?:you|this (?:bot|chat))|"
    r"do you (?:have feelings|sleep|understand me)|(?:which|what) (?:model|llm|ai) (?:are you|"
    r"do you|is this)|how old are you|where are you from|do you have a name|what(?:'s|"
    r" is) your name|your name(?=\?)|talking to a (?:bot|human|machine|person|robot))\b"
)
HELP = re.compile(
    r"\b(?:what (?:can|do|could) (?:you|u|this|i) (?:do|help|ask|know|answer)|how (?:do|does|"
    r"can) (?:you|this|it|i) (?:work|use this|use you|help)|^help( me)?\W*$|"
    r"what (?:is this(?! (?:article|text|blog))|are you (?:for|good for)|is this (?:chat|bot|"
    r"thing|page|tool) (?:for|about))|"
    r"(?:tell me )?what you (?:can do|are able|know)|what (?:do|can|should) i (?:type|write|"
    r"ask|say)|can (?:you|u) help(?: me| us)?(?: please| pls)?\W*$|how (?:can|could) (?:you|"
    r"u) help|what (?:should|shall) i (?:write|type|ask|tell you)|what topics|"
    r"can you help(?: me| us)?\W*$|i (?:need|could use) (?:some )?help\W*$|where (?:do|should|"
    r"can) (?:i|we) (?:start|begin)\W*$)"
)
GREETING = re.compile(
    r"^\W*(?:hi+|hey+|hello+|hullo|hallo|helo|hola|yo|good (?:morning|afternoon|evening|day)|"
    r"greetings|howdy|morning|evening|namaste|salut|bonjour|ciao|servus|moin|guten (?:tag|"
    r"morgen)|gm|sup|hiya|hi there|hey there|heya|hello there|anyone (?:here|there)|"
    r"anybody (?:here|there)|dear (?:sir|all|team|bot)|good)\b"
)
THANKS = re.compile(
    r"\b(?:thanks?|thx|thnx|tnx|thank (?:you|u)|ty|tysm|cheers|much appreciated|grateful|"
    r"appreciate (?:it|that|your)|merci|danke|gracias|grazie|obrigad[oa])\b"
)
GOODBYE = re.compile(
    r"^\W*(?:(?:ok |okay |alright |well |thanks |thank you |so |great |"
    r"cool )+[, ]*)?(?:i have )?(?:no more questions|nothing else|nothing more|bye+|goodbye|"
    r"good bye|see (?:you|ya|u)|cya|ciao|farewell|take care|later|good night|gn8?|"
    r"have a (?:nice|good|great|lovely)|i'?m (?:off|done|leaving|out)|gotta go|g2g|that'?s all|"
    r"talk (?:later|soon)|until next time|ttyl|catch you|so long|over and out|signing off|"
    r"i have to go|i'?ll be back|i must go)\b"
)
WELLBEING = re.compile(
    r"\b(?:how (?:are|r|is it) (?:you|u|going|doing|things|life|everything|your day|yourself)|"
    r"how'?s (?:it going|life|everything|your day|things)|how do you do|what'?s up|wass?up|"
    r"whats up|you (?:ok|alright|good)(?=\?)|everything (?:alright|ok|fine|good) (?:with you|"
    r"there)|hope you(?:'re| are) (?:well|fine|good)|having a good day|how you doin\w*|"
    r"how have you been|everything (?:ok|fine|good|alright)(?=\?)|nice to meet you|"
    r"pleased to meet)\b"
)
PRAISE = re.compile(
    r"\b(?:(?:you(?:'re| are| were)?|u r|ur|that(?:'s| is| was)?|this (?:is|was)|it(?:'s| is|"
    r" was)|very|so|really|pretty|super|quite|how(?= \w+\W*$)|"
    r"what an?|such an?) (?:an? |really |so |very |super |actually |quite |pretty |the |"
    r"most |surprisingly )*(?:great|awesome|amazing|"
    r"helpful|useful|cool|nice|good|brilliant|smart|clever|excellent|perfect|fantastic|"
    r"impressive|wonderful|best|clear|neat|sweet|lovely|handy|spot on)(?: \w+){0,4}\W*$|"
    r"well done|good (?:job|bot|answer|work|advice|stuff)|nice (?:one|work|answer|job|bot)|"
    r"well (?:explained|put|said)|(?:clear|good) explanation|great (?:answer|help|job|work|"
    r"stuff|bot)|love (?:it|this|you|that)|i like (?:you|this|that|it|how|your)|impressive|"
    r"awesome|excellent\b|perfect\b|helped (?:me|us|a lot)|made my day|"
    r"exactly what i (?:needed|was looking))"
)
COMPLAINT = re.compile(
    r"\b(?:(?:this|that|you(?:'re| are)?|it|your answers?|the (?:bot|answer))(?:'s| is| are|"
    r" was|re)? (?:so |totally |really |completely |pretty |just |very |an? |the |not |of |"
    r"kind |bit |little |too )*(?:useless|stupid|dumb|bad|terrible|awful|wrong|rubbish|"
    r"nonsense|crap|horrible|annoying|slow|helpful at all|garbage|joke|waste of|worst|"
    r"disappointing|frustrating|lame|unhelpful|no help|boring|sucks?|helping|working|listening|"
    r"pointless|confusing|ridiculous|helpful)|not (?:helpful|useful|what i asked|"
    r"what i (?:meant|wanted)|answering|working|a good answer|very (?:helpful|useful))|"
    r"i (?:already |just )?(?:told|said) (?:you|that|this)|(?:you )?(?:don'?t|didn'?t|do not|"
    r"did not|never) (?:get|understand|answer|listen|read|help|understood)\b|doesn'?t (?:help|"
    r"answer|work|make sense)|waste of (?:my )?time|you suck|wtf|ffs|bullshit|bs\b|"
    r"i'?m (?:annoyed|angry|frustrated|disappointed|confused|not happy)|makes no sense|"
    r"bad (?:bot|answer|advice)|hate (?:this|you|chatbots|bots))"
)
PROJECT = re.compile(
    r"\b(?:(?:we|i|they|client|company|boss|team|he|she|prospect|lead|customer|startup|ngo|"
    r"bank|firm)(?:'re|'m|'d| are| am| is|'s)? (?:also |still |now |really |just |only |"
    r"currently |would |all |then |first |\w+ly )?(?:want|wants|need|needs|plan|plans|planning|"
    r"build|builds|building|like|likes|looking|going|intend|intends|thinking|think|working|"
    r"work|trying|try|hope|hopes|develop|developing|start|starting|launch|launching|have to|"
    r"has to|must|consider|considering|wish|aim|dream|create|creating|automate|automating|got|"
    r"gotta|wanna|require|requires|seek|run|running|get|should|propose|evaluate|evaluating|"
    r"make|making)|"
    r"(?:our|my|the|this|a|their|new) (?:\w+ ){0,3}(?:project|idea|tool|app|bot|chatbot|"
    r"product|platform|system|model|use case|poc|prototype|startup|mvp|pilot|assistant|"
    r"software|solution|feature|engine|demo)\b|it(?:'s| is| will| must| has| should| needs|"
    r" would) |there(?:'s| is) (?:no|a|an|little|plenty|some))"
)
QUERY = re.compile(
    r"\b(?:pros|cons|advantages?|disadvantages?|benefits|drawbacks|downsides?|limitations|"
    r"risks of|vs|"
    r"versus|differences?|comparison|meaning|definition|summary|more (?:about|on)|details?|"
    r"i wonder|"
    r"wondering|curious (?:how|what|which|why|whether)|question about|tell me)\b"
)
STATES = re.compile(
    r"\b(?:is|are|was|must|needs?|needed|wants?|wanted|have|has|should|will|stays?|only|we|our|"
    r"my|i|us|it|its|"
    r"can fail|may fail|no|not|nobody|build|building|runs?|going|it's|=|then|first)\b|="
)
FIELD = re.compile(
    r"\b(?:a\.?i|artificial intelligence|ml|machine learning|deep learning|llms?|gpt|"
    r"chat ?bots?|bots?|"
    r"models?|algorithms?|algo|software|apps?|applications?|data|automat\w+|classif\w+|predict\w*|"
    r"recogni\w+|forecast\w*|recommender|pipelines?|systems?|tools?|platform|projects?|"
    r"prototyp\w*|pocs?|"
    r"mvps?|pilots?|demos?|production|engineers?|developers?|devs?|programmers?|freelanc\w*|"
    r"contractors?|"
    r"hir(?:e|es|ing)|staff|team|employees?|full[- ]?time\w*|outsourc\w*|vendors?|ip|code|"
    r"maintain\w*|"
    r"deploy\w*|build(?:s|ing)?|built|creat\w+|develop\w*|budget|deadline|assistant|feature|"
    r"product|startup|client|lead|prospect)\b"
)
TOPIC = re.compile(
    r"\b(?:freelanc\w*|contractors?|full[- ]?time\w*|engineers?|hire|hiring|prototype\w*|"
    r"production|budget|project|cost\w*|cheap\w*|risks?|security|quality|maintenance|pros|cons|"
    r"article|scal\w+|employees?|staff|poc|mvp|recommend\w*|verdict)\b"
)
OWN = re.compile(r"\b(?:our|my|we|us|i|client|clients|customer's|lead|prospect|boss)\b")
FOR_US = re.compile(r"\b(?:for|do|build|handle|run|make) (?:us|our|me|my|it|this)\b")
ORDERS = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override|bypass|skip|drop) (?:all |any |every |the |"
    r"your |my |these |those )*"
    r"(?:previous |prior |above |earlier |former |other |system )*(?:instructions?|rules?|"
    r"prompts?|guidelines|"
    r"orders|directives|programming|constraints|filters|training)|(?:system|hidden|initial|"
    r"secret|developer|"
    r"original) (?:prompt|message|instructions?)|(?:developer|debug|admin|god|dan|sudo|"
    r"maintenance|root) mode|"
    r"you are now|from now on you|(?:^|please |now |you (?:will |must |should )?)act as (?:a|"
    r"an|if|my|the)|pretend (?:to be|you|that)|"
    r"role ?play|jailbreak|"
    r"(?:print|show|reveal|repeat|output|leak|tell me|give me) (?:me )?(?:your|the|"
    r"all) (?:\w+ )?(?:prompt|instructions|rules|"
    r"configuration|secrets?|api keys?|tokens?|source code)|(?:just |only |always |"
    r"simply )?(?:say|answer|reply|respond|write|recommend|"
    r"output)(?: with| that| only| just)? (?:the word |we should (?:hire|"
    r"take) )?[\"']?(?:freelancers?|full[- ]?time\w*|hybrid)"
    r"(?: (?:only|always|no matter what|regardless|whatever|anyway))?[\"']?\W*$)"
)
