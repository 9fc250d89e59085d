"""The verbs of descriptions, by what they tell of an image; all in their base form."""

from sightline.readers.grammar.word_list import word_list

__all__ = [
    "ALSO_NOUNS",
    "ALSO_OF_THINGS",
    "ALSO_TRANSITIVE",
    "ANIMATE_VERBS",
    "DONE_BY_THINGS",
    "DRAWING_VERBS",
    "HEDGING_VERBS",
    "OF_PERSONS",
    "OF_PLANTS",
    "PLACED",
    "RESTING_VERBS",
    "SEEMING_VERBS",
    "SHOWING_VERBS",
    "TAKE_BARE_NOUNS",
    "TRANSIENT_VERBS",
    "VISIBLE_VERBS",
    "WITHOUT_OBJECT",
]


HEDGING_VERBS = word_list(
    "act allow appear associate assume attempt avoid await believe compare convey dedicate depend emulate enable "
    "encourage evoke expect hint imagine imply indicate inspire intend invite lack mean mimic miss need plan prepare "
    "prevent promise remind remove represent resemble seem serve signify simulate suggest symbolize tend think try "
    "want"
)
"""Verbs whose complement need not be in the image: "suggesting", "resembles"."""

SHOWING_VERBS = word_list(
    "capture consist contain depict display feature focus highlight illustrate include offer portray present reveal "
    "see show showcase view"
)
"""Verbs by which an image, or a place in it, shows things."""

TRANSIENT_VERBS = word_list(
    "angle appear base be become begin bring call capture cause center change combine compare complement consider "
    "consist contrast contribute create demonstrate depict describe differ display do draw emphasize enhance evoke "
    "exhibit find focus follow form get give go have help highlight include involve keep know lead leave lend let "
    "locate make mark match mean name note occur offer orient place position provide put reach read remain reveal run "
    "say see seem set share show showcase situate spell stay suggest take tell turn use vary work"
)
"""Verbs that by themselves say nothing one could see of a thing."""

ANIMATE_VERBS = word_list(
    "bark bat bathe bend bite browse brush carry catch chase chat chew clap climb cook crawl cross crouch cut dance "
    "dig dine dive dress drink drive eat embrace enjoy feed fight fish forage gaze gesture grasp graze grin grip "
    "groom hike hit hold hug jog jump kick kiss kneel laugh leap lick listen look march milk munch nap nuzzle observe "
    "paddle participate peer perch perform pet photograph pick play pose practice prance preen prepare pull push race "
    "raise read ride roam row run sail serve sing sip sit skate skateboard ski sleep smell smile smoke sniff "
    "snowboard squat squint stare step stretch stroll sunbathe surf swim swing talk tend throw toss touch travel trot "
    "type use wade wait walk wash watch wear wink yawn"
)
"""What people and animals do; a few of these are also said of things."""

ALSO_OF_THINGS = word_list(
    "carry catch climb cross cut dive dress drive feed hit hold jump kick kneel leap look milk observe perch play "
    "pose pull push race raise read run sail serve sip sit stand stretch swim swing throw touch use wash"
)
"""Of these, what is also said of things."""

OF_PERSONS = word_list("clothe cook dress photograph read skateboard ski snowboard wear")
"""What only people do, and what is made like them."""

OF_PLANTS = word_list("bloom blossom grow plant root sprout")
"""What plants do, and what is done with them."""

VISIBLE_VERBS = ANIMATE_VERBS | word_list(
    "adorn affix anchor arch attach blanket bloom blow bolt border bundle burn cap carpet cast chain chop circle clad "
    "cling clip cluster clutch coat coil connect contain cover crack crisscross crown crumple curl curve dangle "
    "decorate descend dock dot drape drip edge embed emboss encircle enclose engrave extend face fasten fence fill "
    "fix flank float flow fly fold frame gallop garnish grow hang haul hook house hover illuminate inlay inscribe jut "
    "land lay lean leash lie light line litter load lock melt mount move nail nestle obscure open overhang overlap "
    "overlook pack paint park pass paste pave peek pile plant plug point position pour print project prop protrude "
    "reflect rest rim ring rise roll roost root scatter screw seat secure set shade shine skirt slice soar spill "
    "splash spray spread sprinkle sprout stack stand station steam stick store strap string stuff submerge support "
    "surround suspend swirl taxi tie tilt toast top tow tower trim tuck weave wind wrap write"
)
"""Verbs that say how things stand to one another, or what they do, so that one can see it."""

RESTING_VERBS = word_list(
    "bark bend bloom climb crouch dance dive drink drive eat float fly gallop graze hang hike hover jog jump kneel "
    "laugh lean lie nap perch play rest row run sail sing sit skate skateboard ski sleep smile snowboard squat stand "
    "surf swim walk yawn"
)
"""Verbs that say how a thing is even where nothing follows: "the man is standing"."""

DONE_BY_THINGS = word_list("bloom burn float flower fly glow hang hover lean lie sail")
"""Of these, what things do as well, so that one can see it: "a flying kite"."""

ALSO_TRANSITIVE = word_list("climb drink drive eat fly jump play row")
"""Resting verbs that take an object as well."""

WITHOUT_OBJECT = word_list("chat descend gaze gesture look pose protrude rise shine squint stare talk")
"""Other verbs that take no object."""

TAKE_BARE_NOUNS = word_list(
    "carry catch combine contain eat face fly have hit hold include kick line play pull push read ride show surround "
    "throw watch wear"
)
"""Verbs that are taken for verbs before a noun without a determiner: "the man wears jeans"."""

ALSO_NOUNS = word_list(
    "cast catch cover cross cut display drink drive face feature fly grow hang hit hold jump lay lead lean lie look "
    "play point project reach read rest ride rise run show stand stick stretch support swing throw walk watch wear"
)
"""Verbs of which a form that is a plural as well ("stands") is taken for the verb where it can be one."""

DRAWING_VERBS = word_list("carve depict draw emboss embroider engrave etch paint print sketch stamp stencil write")
"""Verbs that put what is not there onto what is: "a pig drawn on a sign"."""

SEEMING_VERBS = word_list("appear look remain seem stay")
"""Verbs before adjectives."""

PLACED = word_list(
    "available captured depicted displayed featured found kept laid located noticeable observed pictured placed "
    "positioned present put seen set shown situated spotted stationed viewed visible"
)
"""Words after which a preposition alone says where a thing is."""
