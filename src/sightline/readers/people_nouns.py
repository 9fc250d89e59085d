"""Nouns for people, by what they tell of them; two of them may name one person unless they tell what cannot be."""

from collections.abc import Mapping

__all__ = ["PEOPLE", "ROLES"]

PEOPLE: Mapping[str, str] = {
    "": "person, human, people, figure, individual, persons, somebody, someone, everyone, crowd, audience, "
    "spectators, group, team, family, couple, crew, public, pedestrian, tourist, traveler, traveller, visitor, guest, "
    "customer, shopper, passenger, passerby, bystander, onlooker, spectator, viewer, beachgoer, camper, hiker, walker, "
    "runner, jogger, rider, biker, player, athlete, teammate, opponent, competitor, friend, neighbor, student, pupil, "
    "teenager, teen, youngster, youth, worker, coworker, employee, employer, boss, staff, vendor, seller, cashier, "
    "clerk, driver, performer, actor, musician, artist, singer, dancer, reporter, photographer, cameraman, handler, "
    "keeper, instructor, guide, parent, villager, foreigner, patient, thief, buyer, owner, member, volunteer, helper, "
    "hunter, farmer, gardener, baker, barber, butcher, dentist, doctor, scientist, engineer, mechanic, lifeguard, "
    "security guard, guard, official, officer, cop, politician, model, tennis player, baseball player, soccer player, "
    "football player, basketball player, guitarist, drummer, hitter, audience member, fans, workers, twin, sibling, "
    "cousin, relative, partner",
    "male": "male, guy, boy, dude, son, brother, nephew, male child, uncle",
    "male adult": "man, gentleman, businessman, policeman, salesman, fisherman, serviceman, groom, groomsman, father, "
    "dad, daddy, husband, grandfather, grandpa, king, monk, cowboy, old man, priest, mailman, workman, sir, santa "
    "claus, santa, handyman, bearded man",
    "female": "female, girl, daughter, sister, niece, aunt, princess",
    "female adult": "woman, lady, businesswoman, policewoman, saleswoman, bride, bridesmaid, mother, mom, mommy, mum, "
    "wife, grandmother, grandma, queen, nun, old woman, waitress, actress, ballerina, cowgirl, gal",
    "male child": "little boy, small boy, young boy, baby boy",
    "female child": "little girl, small girl, young girl, baby girl",
    "child": "child, kid, toddler, baby, infant, newborn, grandchild, schoolchild",
    "adult": "adult, grown up, grandparent, elder, senior, judge, professor, teacher, nurse, businessperson",
}
"""Sex and age that a noun tells → nouns for people. A girl may be a young woman, so "girl" tells no age."""

ROLES = """
    skier; snowboarder; surfer; skateboarder, skater; swimmer, diver; cyclist, bicyclist; motorcyclist; batter, hitter;
    pitcher; catcher; umpire, referee; golfer; goalkeeper, goalie; chef, cook; waiter, waitress, bartender; firefighter,
    fireman; policeman, policewoman, police officer; soldier, serviceman; sailor; nurse; pilot, co-pilot; clown; bride;
    groom; cowboy; jockey, horseback rider; conductor; astronaut
"""
"""Groups of nouns for what somebody is or does; nobody in a photograph is two of these."""
