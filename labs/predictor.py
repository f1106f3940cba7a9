# ---
# jupyter:
#   chapter: text
# ---

# %% [markdown] tags=["es"]
# # El predictor { #predictor }
#
# Escribir con la red del curso: qué sugiere, cuánto duda, qué palabra la hizo
# decidir, y una red propia que se entrena aquí mismo.
#
# Es el laboratorio del capítulo [El predictor de texto](../text.md). Las redes
# del curso ya están entrenadas; la del final se entrena en segundos.

# %% [markdown] tags=["en"]
# # The predictor { #predictor }
#
# Writing with the network of the course: what it suggests, how unsure it is,
# which word made it decide, and a network of our own, trained here.
#
# It is the laboratory of the chapter [The text predictor](../text.md). The
# networks of the course are trained already; the one at the end takes seconds.

# %%
import numpy as np
import torch

from rnncourse import lab
from rnncourse.data import agreement
from rnncourse.experiments.languages import network, restored
from rnncourse.text import (
    LanguageModel,
    NGram,
    Predictor,
    joined,
    learn,
    perplexity,
    saliency,
    vocabulary_of,
    words,
)

# %% [markdown] tags=["es"]
# ## Escribir con la red { #writing }
#
# La GRU de palabras, con sus pesos. Cualquier texto sirve; lo que no conoce, lo
# dice.

# %% [markdown] tags=["en"]
# ## Writing with the network { #writing }
#
# The GRU of words, with its weights. Any text will do; it says which words it
# does not know.

# %%
model, vocabulary = restored(network(lab.say(es="es", en="en"), "gru"))
predictor = Predictor(model, vocabulary)


def suggest(text, k=3):
    """The suggestions after a text, with their probabilities."""
    predictor.reset()
    predictor.read(text)
    offered = [f"{word} {p:.2f}" for word, p in predictor.suggest(k)]
    print(f"{text} ...", " / ".join(offered))
    if predictor.unknown:
        print("   ?", *predictor.unknown)


suggest(lab.say(es="el gradiente se", en="the gradient is"))
suggest(lab.say(es="la compuerta de", en="the forget"))
suggest(lab.say(es="la jirafa recurrente", en="the recurrent giraffe"))

# %% [markdown] tags=["es"]
# ## De lejos { #far }
#
# La última palabra es la misma; el sujeto, no.

# %% [markdown] tags=["en"]
# ## From afar { #far }
#
# The last word is the same; the subject is not.

# %%
clause = lab.say(
    es="que vi ayer en la plaza", en="that I saw yesterday in the square"
)
subjects = lab.say(es="el gato,los gatos", en="the cat,the cats").split(",")
for subject in subjects:
    suggest(f"{subject} {clause}")

# %% [markdown] tags=["es"]
# ## Cuánto duda { #doubt }
#
# La entropía de lo que sugiere, en bits, palabra por palabra: 0 es certeza y
# algo más de 10, no saber nada.

# %% [markdown] tags=["en"]
# ## How unsure it is { #doubt }
#
# The entropy of what it suggests, in bits, word by word: 0 is certainty, and
# somewhat more than 10, knowing nothing.

# %%
phrase = words(f"{subjects[1]} {clause}")
predictor.reset()
doubts = []
for word in phrase:
    predictor.read(word)
    p = predictor.logits.softmax(-1)
    doubts.append(-(p * p.log2()).sum().item())
figure, axes = lab.canvas()
axes.bar(range(len(phrase)), doubts, width=0.6)
axes.set_xticks(range(len(phrase)), phrase, rotation=30, ha="right")
axes.set_ylabel("bits")
lab.show(
    figure,
    lab.say(
        es="Entropía después de cada palabra: sube donde hay muchas opciones.",
        en="Entropy after each word: it rises where there are many options.",
    ),
)

# %% [markdown] tags=["es"]
# ## Qué palabra lo decide { #cause }
#
# La norma del gradiente de la elección entre los dos números del verbo, por
# cada palabra leída.

# %% [markdown] tags=["en"]
# ## Which word decides it { #cause }
#
# The norm of the gradient of the choice between the verb's two numbers, for
# each word read.

# %%
right, wrong = lab.say(es="corren,corre", en="run,runs").split(",")
moved = saliency(
    model, vocabulary.encode(phrase), *vocabulary.encode([right, wrong])
)
for word, share in zip(phrase, (moved / moved.sum()).tolist(), strict=True):
    print(f"{word:>10} {share:5.2f} {'#' * round(40 * share)}")

# %% [markdown] tags=["es"]
# ## Sortear { #drawing }
#
# El mismo comienzo a tres temperaturas.

# %% [markdown] tags=["en"]
# ## Drawing { #drawing }
#
# The same beginning at three temperatures.

# %%
opening = lab.say(es="el estado", en="the state")
for temperature in (0.3, 0.8, 1.5):
    generator = torch.Generator().manual_seed(1)
    predictor.reset()
    predictor.read(opening)
    drawn = list(predictor.write(12, temperature, None, generator))
    print(f"{temperature}: {joined([*words(opening), *drawn])}")

# %% [markdown] tags=["es"]
# ## Una red propia { #own }
#
# Entrenemos una red chica con la gramática sola y midamos, en oraciones nuevas,
# cuánto duda y si concuerda; al lado, un trigrama que leyó lo mismo.

# %% [markdown] tags=["en"]
# ## A network of our own { #own }
#
# Let us train a small network on the grammar alone and measure, on fresh
# sentences, its perplexity and whether it gets the agreement right; beside it,
# a trigram that read the same.

# %%
torch.manual_seed(0)
language = lab.say(es="es", en="en")
told = agreement(3000, language, 0) + agreement(9000, language)
fresh = agreement(300, language)
forms = vocabulary_of(sentence.words for sentence in told)
texts = [forms.encode(sentence.words) for sentence in told]
small = LanguageModel("gru", len(forms), 16, 48)
epochs = [texts[k : k + 1000] for k in range(0, len(texts), 1000)]
steps = list(learn(small, epochs, rate=2e-2, truncation=12))
trigram = NGram(3, len(forms), texts)


def agreed(model):
    """How often the right verb is likelier, with ties counting half."""
    score = 0.0
    for sentence in fresh:
        *before, right = forms.encode(sentence.words)
        (wrong,) = forms.encode([sentence.wrong])
        one, two = (
            float(model.log_probabilities([*before, verb])[len(before)])
            for verb in (right, wrong)
        )
        score += (one > two) + 0.5 * (one == two)
    return 100 * score / len(fresh)


for name, one in (
    ("GRU", small),
    (lab.say(es="trigrama", en="trigram"), trigram),
):
    logs = [one.log_probabilities(forms.encode(s.words)) for s in fresh]
    whole = np.concatenate([np.asarray(part) for part in logs])
    print(f"{name:8} PP {perplexity(whole):5.2f}   {agreed(one):5.1f} %")

# %% [markdown] tags=["es"]
# ## Para seguir { #next }
#
# - Cambiar `clause` por otra más larga, con dos lugares. ¿Hasta dónde llega?
# - Entrenar la red chica solo con oraciones sin cláusula y medirla con una.
# - Escribir el comienzo en el otro idioma y mirar qué queda sin conocer.

# %% [markdown] tags=["en"]
# ## To go on { #next }
#
# - Replace `clause` by a longer one, with two places. How far does it get?
# - Train the small network on sentences without a clause and measure it on one.
# - Write the beginning in the other language, and see what is left unknown.
