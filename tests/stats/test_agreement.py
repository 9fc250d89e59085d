import subprocess
import sys

import numpy as np
import pytest

from sightline.stats.agreement import (
    Verdict,
    cohen_kappa,
    cohen_kappas,
    dawid_skene,
    krippendorff_alpha,
    percent_agreement,
)


def verdicts(**said: str) -> list[Verdict]:
    """Labeller → what they say of the first, second, … item, with a point where they say nothing."""
    return [
        Verdict(f"{place:02}", who, word)
        for who, words in said.items()
        for place, word in enumerate(words.split())
        if word != "."
    ]


# --- Cohen's kappa


def test_kappa_of_cohens_own_example() -> None:
    # Cohen 1960, table 1 (n = 200): agree .44 + .20 + .06 = .70, by chance .60*.50 + .30*.30 + .10*.20 = .41;
    # kappa = .29 / .59 = .492
    found = cohen_kappa(np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]]))
    assert found.value == pytest.approx(0.29 / 0.59)
    assert found.items == 200
    # the error of Fleiss, Cohen and Everitt is .051
    assert (found.low, found.high) == pytest.approx((0.3916, 0.5915), abs=1e-4)


def test_kappa_of_two_diagnosticians() -> None:
    # Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, table 18.1: kappa .68, error .087
    found = cohen_kappa(np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert found.value == pytest.approx(0.23 / 0.34)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.0877, abs=1e-4)


def test_kappa_where_only_one_word_is_said_is_not_a_number() -> None:
    found = cohen_kappa(np.array([[10, 0], [0, 0]]))
    assert np.isnan(found.value)
    assert found.why == "only one word was ever said, so that chance alone would give full agreement"


def test_kappa_where_one_labeller_always_says_the_same_is_zero_without_an_interval() -> None:
    found = cohen_kappa(np.array([[5, 0], [5, 0]]))
    assert found.value == 0
    assert np.isnan(found.low)
    assert found.why == "one of them always says the same, which leaves no interval"


def test_kappa_of_full_agreement_has_no_interval_of_width_zero() -> None:
    found = cohen_kappa(np.array([[6, 0], [0, 4]]))
    assert found.value == 1
    assert np.isnan(found.high)
    assert found.why == "there is no disagreement to tell an interval from"


def test_kappa_of_nothing_is_not_a_number() -> None:
    found = cohen_kappa(np.zeros((2, 2), np.int64))
    assert (np.isnan(found.value), found.items) == (True, 0)


def test_kappas_are_of_the_items_that_two_labellers_share() -> None:
    found = cohen_kappas(verdicts(bob="yes yes no no .", ann="yes no no no yes", cyd=". . . . yes"))
    # ann and bob: agree 3/4, by chance 1/2*1/4 + 1/2*3/4 = 1/2
    assert found["ann", "bob"].value == pytest.approx(0.5)
    assert found["ann", "bob"].items == 4
    assert np.isnan(found["ann", "cyd"].value)
    assert ("bob", "cyd") not in found


def test_two_verdicts_of_one_labeller_are_refused() -> None:
    twice = [Verdict("a", "ann", "yes"), Verdict("a", "ann", "no")]
    with pytest.raises(ValueError, match="ann has two verdicts on a"):
        cohen_kappas(twice)


# --- percent agreement


def test_percent_agreement_counts_pairs_within_an_item() -> None:
    # 1 of 1 pair; 1 of 3 pairs; the third item was seen once
    found = percent_agreement(verdicts(ann="yes no yes", bob="yes no .", cyd=". yes ."))
    assert found.value == pytest.approx((1 + 1 / 3) / 2)
    assert found.items == 2


def test_percent_agreement_without_second_looks_is_not_a_number() -> None:
    found = percent_agreement(verdicts(ann="yes no"))
    assert np.isnan(found.value)
    assert found.why == "no item was looked at by two labellers"


# --- Krippendorff's alpha

FOUR_OBSERVERS = verdicts(
    a="1 2 3 3 2 1 4 1 2 . . .",
    b="1 2 3 3 2 2 4 1 2 5 . 3",
    c=". 3 3 3 2 3 4 2 2 5 1 .",
    d="1 2 3 3 2 4 4 1 2 5 1 .",
)
"""Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, section C."""


def test_alpha_of_krippendorffs_example_with_missing_data() -> None:
    found = krippendorff_alpha(FOUR_OBSERVERS)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.items == 11  # one person alone saw the last
    assert found.low < 0.743 < found.high <= 1


def test_alpha_of_two_observers_without_missing_data() -> None:
    # Krippendorff 2011, section B: Ben and Gerry, 12 articles, alpha = .692
    found = krippendorff_alpha(verdicts(ben="a a b b d c c c e d d a", gerry="b a b b b c c c e d d d"))
    assert found.value == pytest.approx(0.692, abs=5e-4)


def test_alpha_of_binary_data() -> None:
    # Krippendorff 2011, section A: Meg and Owen. n = 20, 14 zeros, 6 ones, 8 of 20 in disagreeing pairs:
    # 1 - 19 * 8 / (2 * 14 * 6) = .095
    found = krippendorff_alpha(verdicts(meg="0 1 0 0 0 0 0 0 1 0", owen="1 1 1 0 0 1 0 0 0 0"))
    assert found.value == pytest.approx(1 - 19 * 8 / 168)


def test_alpha_of_three_coders_who_see_different_units() -> None:
    # the example of 15 units and three coders that is .691 (Wikipedia, Krippendorff's alpha)
    found = krippendorff_alpha(
        verdicts(
            a=". . . . . 3 4 1 2 1 1 3 3 . 3",
            b="1 . 2 1 3 3 4 3 . . . . . . .",
            c=". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
        )
    )
    assert found.value == pytest.approx(0.691, abs=5e-4)


def test_the_draws_of_alpha_compute_what_the_library_computes() -> None:
    from sightline.stats.agreement import _alpha, _alpha_parts, _counts

    generator = np.random.default_rng(3)
    for n in (5, 12, 40):
        said = [
            Verdict(f"{item}", who, str(generator.integers(3)))
            for item in range(n)
            for who in "abcd"
            if generator.random() < 0.7
        ]
        counts, _ = _counts(said)
        ours = _alpha(_alpha_parts(counts).sum(axis=0))
        assert krippendorff_alpha(said, draws=100).value == pytest.approx(float(ours))


def test_alpha_of_full_agreement_has_no_interval() -> None:
    found = krippendorff_alpha(verdicts(ann="yes no", bob="yes no"))
    assert (found.value, np.isnan(found.low)) == (1, True)


def test_alpha_of_one_word_is_not_a_number() -> None:
    found = krippendorff_alpha(verdicts(ann="yes yes", bob="yes yes"))
    assert np.isnan(found.value)
    assert found.why.startswith("only one word")


def test_alpha_of_one_labeller_is_not_a_number() -> None:
    assert krippendorff_alpha(verdicts(ann="yes no yes")).why == "no item was looked at by two labellers"
    assert krippendorff_alpha([]).items == 0


# --- Dawid and Skene

ANAESTHETISTS = """
111 1 1 1 1, 333 4 3 3 4, 112 2 1 2 2, 222 3 1 2 1, 222 3 2 2 2, 222 3 3 2 2, 122 2 1 1 1, 333 3 4 3 3, 222 2 2 2 3,
232 2 2 2 3, 444 4 4 4 4, 222 3 3 4 3, 111 1 1 1 1, 222 3 2 1 2, 121 1 1 1 1, 111 2 1 1 1, 111 1 1 1 1, 111 1 1 1 1,
222 2 2 2 1, 222 1 3 2 2, 222 2 2 2 2, 222 2 2 2 1, 222 3 2 2 2, 221 2 2 2 2, 111 1 1 1 1, 111 1 1 1 1, 232 2 2 2 2,
111 1 1 1 1, 111 1 1 1 1, 112 1 1 2 1, 111 1 1 1 1, 333 3 2 3 3, 111 1 1 1 1, 222 2 2 2 2, 222 3 2 3 2, 433 4 3 4 3,
221 2 2 3 2, 232 3 2 3 3, 333 3 4 3 2, 111 1 1 1 1, 111 1 1 1 1, 121 2 1 1 1, 232 2 2 2 2, 121 1 1 1 1, 222 2 2 2 2
"""
"""Dawid and Skene 1979, table 1: 45 patients; the first of five anaesthetists saw each three times."""

PATIENTS = [
    Verdict(f"{patient}", f"{observer}", grade)
    for patient, row in enumerate(ANAESTHETISTS.replace("\n", " ").split(","))
    for observer, grades in enumerate(row.split(), 1)
    for grade in grades
]


def test_dawid_and_skenes_anaesthetists() -> None:
    assert len(PATIENTS) == 45 * 7
    found = dawid_skene(PATIENTS)
    # the paper's estimates: shares .40, .42, .11, .07, and the error rates of the first observer
    assert found.words == ("1", "2", "3", "4")
    assert found.shares.round(2).tolist() == [0.40, 0.42, 0.11, 0.07]
    first = [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
    assert found.labellers["1"].confusion == pytest.approx(np.array(first), abs=0.005)
    assert found.labellers["1"].verdicts == 135
    for quality in found.labellers.values():
        assert quality.confusion.sum(axis=1) == pytest.approx(np.ones(4))
    assert found.chances["0"].round(3).tolist() == [1, 0, 0, 0]


def test_the_labeller_who_errs_is_found_by_the_two_who_do_not() -> None:
    truth = ["yes", "no"] * 5
    wrong = [*truth[:8], "no", "no"]
    found = dawid_skene(verdicts(ann=" ".join(truth), bob=" ".join(truth), cyd=" ".join(wrong)))
    assert found.labellers["ann"].accuracy == pytest.approx(1, abs=1e-6)
    # of five that are yes, cyd calls one no
    assert found.labellers["cyd"].confusion == pytest.approx(np.array([[1, 0], [0.2, 0.8]]), abs=1e-6)
    assert found.labellers["cyd"].accuracy == pytest.approx(0.9, abs=1e-6)


def test_a_truth_that_a_labeller_never_met_has_no_rates() -> None:
    said = verdicts(ann="yes yes no no", bob="yes yes no no", cyd="yes yes . .")
    assert np.isnan(dawid_skene(said).labellers["cyd"].confusion[0]).all()


def test_one_labeller_tells_nothing_of_their_own_quality() -> None:
    found = dawid_skene(verdicts(ann="yes no"))
    assert (found.labellers, found.why) == ({}, "no item was looked at by two labellers")
    assert dawid_skene([]).why == "no item was looked at by two labellers"


def test_one_word_tells_nothing_of_quality() -> None:
    assert dawid_skene(verdicts(ann="yes", bob="yes")).why.startswith("only one word")


def test_importing_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys, sightline.stats.agreement; "
        "print({name.split('.')[0] for name in sys.modules} & {'crowdkit', 'pandas', 'statsmodels', 'transformers'})"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "set()"
