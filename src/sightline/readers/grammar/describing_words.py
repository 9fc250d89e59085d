"""The words by which a text describes things: colours, words of degree, and those that tell nothing one can see."""

from sightline.readers.grammar.word_list import word_list

__all__ = ["COLOURS", "COLOUR_WORDS", "DEGREES", "HEDGES", "NOT_SEEN", "OTHERS", "SIDES"]


COLOURS = word_list(
    "amber aqua auburn azure beige black blond blonde blue bronze brown brunette burgundy charcoal cobalt copper "
    "coral cream crimson cyan fuchsia gold golden gray green grey indigo ivory khaki lavender lilac lime magenta "
    "maroon mauve mustard navy ochre olive orange peach pink plum purple red rose ruby rust salmon scarlet sepia "
    "silver tan taupe teal turquoise violet white yellow"
)
"""Words for colours."""

COLOUR_WORDS = word_list(
    "baby blood bluish brick bright brownish burnt candy cerulean cool creamy dark darker deep dull dusty electric "
    "emerald faded fluorescent forest golden grayish greenish greyish hot icy jet light lighter lime medium midnight "
    "mint muted neon off orangish pale pastel pinkish powder purplish reddish rich royal rusty sandy sea sky slate "
    "soft steel vibrant vivid warm whitish yellowish"
)
"""Words that make a shade of the colour after them."""

DEGREES = word_list(
    "all already also as clearly commonly completely currently entirely even extremely fairly fully generally highly "
    "how incredibly just least less more most now pretty prominently quite rather really relatively remarkably so "
    "somewhat still too totally typically usually very"
)
"""Adverbs that change nothing about whether an attribute holds; they are left out."""

NOT_SEEN = word_list(
    "able absent active actual additional adjacent advanced adventurous aerial aesthetic akin alert alike all alone "
    "alternate alternating ambient ample amusing animated apparent appealing artistic associated assorted atmospheric "
    "attached attentive attractive available average awesome back back-to-back based beautiful better bigger bold "
    "bottom brighter broader bulk busy calm candid captioned captured carried casual center centered central certain "
    "chaotic characteristic charming cheerful chief cinematic classic classical clever close close-up closer combined "
    "comfortable comic commercial common competitive complementary complete complex connected consecutive "
    "considerable considered consistent contemplative contemporary continuous contrasting conventional cool correct "
    "corresponding cosy cozy created creative creepy crisp crucial cultural curious cute daily darker dead-center "
    "dear decipherable decorative deeper delicate delicious denser dependable depicted described designated detailed "
    "different difficult discernible distant distinct distinctive diverse divided dominant dormant double down "
    "dramatic dual due dynamic early edge-to-edge edible elegant endless energetic engaged enjoyable entire equal "
    "equipped essential even everyday evident exact excellent exciting existing exotic expansive expensive exquisite "
    "exterior external extra extreme eye-level facing false familiar famous fanciful fancy fantastic far fascinating "
    "favorite featured festive few fewer final fine firm first first-person fitted flatter flavorful fluffier focal "
    "focused following foreign formal formed former fortunate found free fresh friendly front full fuller fun "
    "functional funny further general generic generous gentle given glorious good gorgeous graceful grand great half "
    "handsome hard hardy harmonious harsh headed healthy heavenly held high-angle higher historic historical homey "
    "honest humorous iconic ideal identical identifiable illegible immediate immersive important imposing impressive "
    "in inactive included including incoming indecipherable indiscernible indistinct indistinguishable individual "
    "indoor infinite informal informational informative inherent inquisitive intended intense interested interesting "
    "interior intermittent internal international intimate intricate intriguing introspective inviting involved "
    "jovial joyful just key known labeled larger last late lateral lay left left-over left-to-right legible leisurely "
    "less level light lighter like likely likewise literal live lively local located lone long-standing longer lovely "
    "low-angle low-angled lower lucky luxurious made magical magnificent main majestic major manageable many mass "
    "matching mature memorable mere mid mid-level middle military minimal minor miscellaneous missed missing mixed "
    "mobile moderate modern-day modest mood moody more most much multi multiple mysterious named narrower natural "
    "naturalistic near nearby neat necessary neutral new next nice nondescript normal nostalgic notable noted "
    "noticeable novel numerous nutritious obvious occasional odd off off-center official often older ominous on only "
    "opposing opposite optimal ordinary oriented original ornamental other out out-of-focus outdoor outstanding over "
    "overall own paired parallel partial particular patriotic peaceful peculiar pensive perfect performing "
    "perpendicular photographed pictured picturesque placed playful pleasant pleasing poor popular positioned "
    "possible potential powerful practical precise predominant present prestigious previous prime printed pristine "
    "private probable professional prominent promising promotional proper public pure quaint quick quiet random rapid "
    "rare ready real realistic recent recognizable recreational regal regular related relative relaxed religious "
    "remaining reminiscent remote representative residential residual respectful respective resulting rich right "
    "robust romantic rougher rural rustic sad safe same sane savory scary scenic seasonal second secondary secondhand "
    "seen sensible sentimental separate serene serious set several severe sheer shorter shown shy side-by-side "
    "signature significant silly similar simple single situated slight smaller smart smooth-sailing softer solitary "
    "somber sophisticated sound special specific spectacular spicy sporadic stable standard stark stately steady "
    "strange striking strong structural stunning sturdy stylish subdued subtle successful such sufficient suitable "
    "super sure surrounding sustainable sweet swift symbolic taken taller tame tart tasty technical temporary tender "
    "terrific thankful thicker thinner third third-person thoughtful through thrown timeless titled top top-to-bottom "
    "total tough touristy traditional tranquil trendy tricky triple true twin typical ugly ultimate unassuming "
    "unaware uncertain unclear underlying undisclosed undisturbed unfamiliar unforgettable unidentifiable "
    "unidentified unique unknown unlikely unobtrusive unperturbed unposed unreadable unseen unspecific unspecified "
    "untouched unusual up upcoming upscale urban usable used useful usual utilitarian valuable varied various varying "
    "vast very viewed vintage visible visual vulnerable weird welcome well whimsical whole wide-angle wider wild "
    "wonderful worth worthy younger yummy"
)
"""Adjectives and participles that nobody could check in an image, that compare, or that count: no attributes."""

SIDES = word_list(
    "back back-left back-right background bottom bottom-left bottom-right center center-left center-right central "
    "centre closest driver-side far far-left far-right farthest foreground front front-left front-right furthest "
    "inner inside left left-hand leftmost lower lower-left lower-right lowermost middle near nearest outer outside "
    "overhead passenger-side rear rear-left rear-right right right-hand rightmost side top top-left top-right topmost "
    "underneath upper upper-left upper-right uppermost"
)
"""Words that say which of several things is meant, and not how it is."""

OTHERS = word_list("additional another different extra fifth fourth last other second separate third")
"""Words that make a thing another one than was named before."""

HEDGES = word_list(
    "akin almost apparently conceivably could hypothetical if imaginary imagined indicative likely may maybe might "
    "must nearly perhaps possibly potentially presumably probably reminiscent resemble resembles resembling seemingly "
    "shall should suggestive supposed supposedly unless will would would-be"
)
"""Words after which a sentence no longer says what is there."""
