"""Claims of the chapter on text."""

import numpy as np
import torch

from rnncourse.claims import Claim, largest, most
from rnncourse.experiments import text as measured
from rnncourse.experiments.languages import (
    KINDS,
    Reading,
    network,
    ngrams,
    restored,
)
from rnncourse.play import export
from rnncourse.play.keyboard import LEVELS
from rnncourse.text import Predictor
from rnncourse.words import LANGUAGES

TRIGRAM, RNN, GRU, LSTM = 3, 4, 5, 6


def what_may_come_sums_to_one() -> Claim:
    """Every n-gram's distribution, after every token of a few test texts."""
    gaps, count = [], 0
    reading = Reading("es")
    for model in ngrams(reading):
        for text in reading.text["test"][:5]:
            for t in range(len(text)):
                gaps.append(abs(model.probabilities(text[:t]).sum() - 1))
                count += 1
    return Claim(
        value=most(gaps),
        bound=1e-12,
        relation="<=",
        es="Lo que un $n$-grama reparte entre las palabras suma 1: en "
        "{count:,d} contextos, vistos y no vistos, con $n$ de 0 a 3, la mayor "
        "diferencia es {value:.0e}.",
        en="What an $n$-gram shares out among the words adds up to 1: over "
        "{count:,d} contexts, seen and unseen, with $n$ from 0 to 3, the "
        "largest difference is {value:.0e}.",
        numbers={"count": count},
    )


def step_by_step_is_the_full_pass() -> Claim:
    """A predictor that carries its state, against reading all at once."""
    gaps = []
    for language in LANGUAGES:
        model, vocabulary = restored(network(language, "gru"))
        predictor = Predictor(model, vocabulary)
        text = max(Reading(language).text["test"], key=len)
        with torch.no_grad():
            logits, _ = model(torch.tensor([[1, *text]]).T)
        for t, number in enumerate(text):
            gaps.append(largest([predictor.logits], [logits[t, 0]]))
            predictor.step(number)
    return Claim(
        value=most(gaps),
        bound=1e-4,
        relation="<=",
        es="Llevar el estado da lo mismo que releer todo: en {steps:d} pasos "
        "de los dos párrafos de prueba más largos, las puntuaciones difieren "
        "en {value:.0e} a lo sumo, que es redondeo de números de 32 bits.",
        en="Carrying the state gives the same as reading all again: over "
        "{steps:d} steps of the two longest test paragraphs the scores differ "
        "by {value:.0e} at most, which is rounding of 32-bit numbers.",
        numbers={"steps": len(gaps)},
    )


def the_network_is_less_perplexed() -> Claim:
    """The worst GRU against the bigram, in both languages."""
    found = measured.table()
    ratio = found["most"][:, GRU] / found["perplexity"][:, 2]
    return Claim(
        value=float(ratio.max()),
        bound=0.95,
        relation="<=",
        es="En párrafos que ningún modelo leyó, la GRU duda menos que un "
        "mapeo de la última palabra: la peor de {seeds:d} semillas tiene "
        "{value:.2f} veces la perplejidad del bigrama o menos, en los dos "
        "idiomas. Contra el trigrama la diferencia es menor: {es:.1f} contra "
        "{tri_es:.1f} en español y {en:.1f} contra {tri_en:.1f} en inglés.",
        en="On paragraphs that no model has read the GRU is less perplexed "
        "than a map of the last word: the worst of {seeds:d} seeds has "
        "{value:.2f} times the bigram's perplexity or less, in both languages. "
        "Against the trigram the difference is smaller: {es:.1f} against "
        "{tri_es:.1f} in Spanish and {en:.1f} against {tri_en:.1f} in English.",
        numbers={
            "seeds": found["seeds"],
            "es": float(found["perplexity"][0, GRU]),
            "en": float(found["perplexity"][1, GRU]),
            "tri_es": float(found["perplexity"][0, TRIGRAM]),
            "tri_en": float(found["perplexity"][1, TRIGRAM]),
        },
    )


def together_they_are_better() -> Claim:
    """Network and trigram mixed, against the better of the two."""
    found = measured.table()
    best = np.minimum(
        found["perplexity"][:, RNN:], found["perplexity"][:, [TRIGRAM]]
    )
    return Claim(
        value=float((found["mixed"] / best).max()),
        bound=0.95,
        relation="<=",
        es="Red y trigrama se equivocan en cosas distintas. Mezclados, la "
        "perplejidad no pasa de {value:.2f} veces la del mejor de los dos, con "
        "las tres redes y en los dos idiomas; con la GRU es {es:.1f} en "
        "español y {en:.1f} en inglés.",
        en="Network and trigram are wrong about different things. Mixed, the "
        "perplexity is at most {value:.2f} times that of the better of the "
        "two, with the three networks and in both languages; with the GRU it "
        "is {es:.1f} in Spanish and {en:.1f} in English.",
        numbers={
            "es": float(found["mixed"][0, 1]),
            "en": float(found["mixed"][1, 1]),
        },
    )


def not_a_map_from_word_to_word() -> Claim:
    """Agreement across a clause: n-grams at chance, gated networks right."""
    found = measured.table()
    grams = np.abs(found["agreement"][:, 2 : TRIGRAM + 1] - 50).max() + 50
    return Claim(
        value=float(found["worst"][:, GRU:].min()),
        bound=95.0,
        relation=">=",
        es="Predecir la palabra siguiente no es un mapeo de una palabra a "
        "otra: en {fresh:d} oraciones nuevas, la peor GRU o LSTM elige bien el "
        "número del verbo el {value:.0f} % de las veces. Bigrama y trigrama no "
        "se apartan del azar más que hasta el {grams:.0f} %.",
        en="Predicting the next word is not a map from one word to another: "
        "in {fresh:d} fresh sentences the worst GRU or LSTM gets the verb's "
        "number right {value:.0f} % of the time. Bigram and trigram get no "
        "further from chance than {grams:.0f} %.",
        numbers={"fresh": found["fresh"], "grams": float(grams)},
    )


def dropout_earns_its_place() -> Claim:
    """Without dropout the GRU is more perplexed by what it has not read."""
    found = measured.without()["perplexity"]
    return Claim(
        value=float((found[:, 1] / found[:, 0]).min()),
        bound=1.05,
        relation=">=",
        es="Con tan poco texto la red se lo aprende: sin descarte la "
        "perplejidad en datos apartados sube de {es:.1f} a {es_off:.1f} en "
        "español y de {en:.1f} a {en_off:.1f} en inglés.",
        en="With so little text the network learns it by heart: without "
        "dropout the held-out perplexity rises from {es:.1f} to {es_off:.1f} "
        "in Spanish and from {en:.1f} to {en_off:.1f} in English.",
        numbers={
            "es": float(found[0, 0]),
            "es_off": float(found[0, 1]),
            "en": float(found[1, 0]),
            "en_off": float(found[1, 1]),
        },
    )


def fewer_keys() -> Claim:
    """Keys saved with three words on the screen."""
    found = measured.typing()["saved"]
    return Claim(
        value=float(found[:, 2].min()),
        bound=35.0,
        relation=">=",
        es="Con tres palabras en pantalla, la GRU ahorra {es:.0f} % de las "
        "teclas del texto de prueba en español y {en:.0f} % en inglés; las "
        "palabras más frecuentes solas, {few_es:.0f} % y {few_en:.0f} %; la "
        "GRU con el trigrama, {all_es:.0f} % y {all_en:.0f} %.",
        en="With three words on the screen the GRU saves {es:.0f} % of the "
        "keys of the Spanish test text and {en:.0f} % of the English one; the "
        "commonest words alone, {few_es:.0f} % and {few_en:.0f} %; the GRU "
        "with the trigram, {all_es:.0f} % and {all_en:.0f} %.",
        numbers={
            f"{name}{language}": float(found[i, k])
            for name, k in (("", 2), ("few_", 0), ("all_", 3))
            for i, language in enumerate(LANGUAGES)
        },
    )


def few_levels_are_enough() -> Claim:
    """The networks of the page, against themselves with every digit."""
    ratios, moved = [], dict.fromkeys(KINDS, 0.0)
    for language in LANGUAGES:
        for kind in KINDS:
            whole, few = network(language, kind), export.network(language, kind)
            best = int(np.argmin(whole["validation"]))
            ratios.append(few["perplexity"] / whole["perplexity"][best])
            apart = abs(few["agreement"] - whole["agreement"][best])
            moved[kind] = max(moved[kind], apart)
    return Claim(
        value=100 * (max(ratios) - 1),
        bound=1.0,
        relation="<=",
        es="Con {levels:d} valores posibles por peso, {bits:.1f} bits en lugar "
        "de 32, las seis redes del teclado predicen casi igual: la perplejidad "
        "sube {value:.2f} % a lo sumo. La concordancia de la GRU y la LSTM "
        "cambia en {gated:.1f} puntos o menos; la de la RNN, que ya se "
        "equivocaba a menudo, en {simple:.1f}.",
        en="With {levels:d} possible values for a weight, {bits:.1f} bits "
        "rather than 32, the six networks of the keyboard predict almost as "
        "well: the perplexity rises by {value:.2f} % at most. The agreement of "
        "GRU and LSTM changes by {gated:.1f} points or less; that of the RNN, "
        "which was often wrong already, by {simple:.1f}.",
        numbers={
            "levels": 2 * LEVELS + 1,
            "bits": float(np.log2(2 * LEVELS + 1)),
            "gated": max(moved["gru"], moved["lstm"]),
            "simple": moved["rnn"],
        },
    )


def letters_cost_few_bits() -> Claim:
    """The network of characters, on held-out text."""
    found = measured.letters()
    return Claim(
        value=float(found["bits"].max()),
        bound=2.2,
        relation="<=",
        es="La red de caracteres gasta {es:.2f} bits por carácter en el texto "
        "de prueba en español y {en:.2f} en inglés; repartir por igual "
        "costaría {even:.2f}, y la red con el 6-grama, {mix_es:.2f} y "
        "{mix_en:.2f}.",
        en="The network of characters spends {es:.2f} bits per character on "
        "the Spanish test text and {en:.2f} on the English one; sharing evenly "
        "would cost {even:.2f}, and the network with the 6-gram, {mix_es:.2f} "
        "and {mix_en:.2f}.",
        numbers={
            "es": float(found["bits"][0]),
            "en": float(found["bits"][1]),
            "even": float(np.log2(found["size"]).min()),
            "mix_es": float(found["mixed"][0]),
            "mix_en": float(found["mixed"][1]),
        },
    )


def the_subject_decides_the_number() -> Claim:
    """Shares of the gradient over fresh sentences, and words erased."""
    found = measured.causes()
    verb, number = found["subject"].T
    noun, last = found["erased"].T
    return Claim(
        value=float((number / verb).min()),
        bound=1.5,
        relation=">=",
        es="En qué se fija la GRU depende de la pregunta. Del gradiente de que "
        "venga ese verbo, el sujeto se lleva {verb_es:.0f} % en español y "
        "{verb_en:.0f} % en inglés; del de la elección entre singular y "
        "plural, {es:.0f} % y {en:.0f} %. Leer el sustantivo del sujeto como "
        "desconocido le quita a esa elección {noun_es:.1f} y {noun_en:.1f} "
        "nats; la última palabra, {last_es:.1f} y {last_en:.1f}.",
        en="What the GRU looks at depends on the question. Of the gradient of "
        "this verb's coming the subject takes {verb_es:.0f} % in Spanish and "
        "{verb_en:.0f} % in English; of that of the choice between singular "
        "and plural, {es:.0f} % and {en:.0f} %. Reading the subject's noun as "
        "unknown takes {noun_es:.1f} and {noun_en:.1f} nats from that choice; "
        "reading the last word so, {last_es:.1f} and {last_en:.1f}.",
        numbers={
            "verb_es": 100 * float(verb[0]),
            "verb_en": 100 * float(verb[1]),
            "es": 100 * float(number[0]),
            "en": 100 * float(number[1]),
            "noun_es": float(noun[0]),
            "noun_en": float(noun[1]),
            "last_es": float(last[0]),
            "last_en": float(last[1]),
        },
    )
