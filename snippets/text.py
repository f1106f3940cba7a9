# The chapter "text", from words to suggestions.
# --8<-- [start:tokens]
from rnncourse.text import Vocabulary, words

text = "La red lee; la red escribe."
tokens = words(text)
print(tokens)
vocabulary = Vocabulary(["la", "red", "lee", ";", "."])
numbers = vocabulary.encode(tokens)  # (1)!
print(numbers)
print(vocabulary.decode(numbers))
# > ['la', 'red', 'lee', ';', 'la', 'red', 'escribe', '.']
# > [2, 3, 4, 5, 2, 3, 0, 6]
# > ['la', 'red', 'lee', ';', 'la', 'red', '□', '.']
# --8<-- [end:tokens]

# --8<-- [start:split]
from rnncourse import corpus

parts = {name: corpus.part("es", name) for name in corpus.PARTS}
apart = not set(parts["train"]) & set(parts["test"])
print("no paragraph on both sides:", apart)
# > no paragraph on both sides: True
# --8<-- [end:split]

# --8<-- [start:ngrams]
from rnncourse.text import NGram, perplexity, vocabulary_of

known = [words(text) for text in parts["train"]]
vocabulary = vocabulary_of(known, 1200)
train = [vocabulary.encode(text) for text in known]
test = [vocabulary.encode(words(text)) for text in parts["test"][:20]]
found = []
for n in range(4):
    model = NGram(n, len(vocabulary), train)
    logs = [log for text in test for log in model.log_probabilities(text)]
    found.append(perplexity(sum(logs) / len(logs)))
print(f"uniform: {found[0]:.0f}")
print("each n is less perplexed:", found == sorted(found, reverse=True))
# > uniform: 1200
# > each n is less perplexed: True
# --8<-- [end:ngrams]

# --8<-- [start:shapes]
import torch
from rnncourse.text import LanguageModel

torch.manual_seed(0)
T, N, V, E, H = 5, 3, 1200, 64, 128
model = LanguageModel("gru", V, E, H)
logits, state = model(torch.randint(V, (T, N)))
print("logits", tuple(logits.shape), "state", tuple(state.shape))
print("one matrix:", model.readout.weight is model.embedding.weight)
# > logits (5, 3, 1200) state (1, 3, 128)
# > one matrix: True
# --8<-- [end:shapes]

# --8<-- [start:train]
from rnncourse.data import agreement
from rnncourse.text import learn

sentences = agreement(3000, "es", clauses=0) + agreement(9000, "es")  # (1)!
told = [list(sentence.words) for sentence in sentences]
vocabulary = vocabulary_of(told)
texts = [vocabulary.encode(sentence) for sentence in told]
epochs = [texts[k : k + 1000] for k in range(0, len(texts), 1000)]

model = LanguageModel("gru", len(vocabulary), 16, 48)
steps = list(learn(model, epochs, rate=2e-2, truncation=12))  # (2)!
print(f"the loss fell below half: {steps[-1].loss < steps[0].loss / 2}")
# > the loss fell below half: True
# --8<-- [end:train]

# --8<-- [start:suggest]
from rnncourse.text import Predictor

predictor = Predictor(model, vocabulary)
for subject in ("el gato", "los gatos"):
    predictor.reset()
    predictor.read(f"{subject} que vi ayer en la plaza")
    offered = [word for word, p in predictor.suggest(4)]
    print(f"{subject} ...", *sorted(offered))
# > el gato ... canta corre duerme salta
# > los gatos ... cantan corren duermen saltan
# --8<-- [end:suggest]

# --8<-- [start:carried]
numbers = vocabulary.encode(words("los gatos que vi ayer en la plaza"))
with torch.no_grad():
    logits, _ = model(torch.tensor([1, *numbers])[:, None])  # (1)!
print(torch.allclose(predictor.logits, logits[-1, 0], atol=1e-4))
# > True
# --8<-- [end:carried]

# --8<-- [start:temperature]
logits = torch.tensor([3.0, 2.0, 1.0, 0.0])
for tau in (0.1, 0.5, 1.0, 2.0, 10.0):
    p = (logits / tau).softmax(-1)
    print(f"tau={tau:4}  ", " ".join(f"{chance:.2f}" for chance in p))
# > tau= 0.1   1.00 0.00 0.00 0.00
# > tau= 0.5   0.86 0.12 0.02 0.00
# > tau= 1.0   0.64 0.24 0.09 0.03
# > tau= 2.0   0.46 0.28 0.17 0.10
# > tau=10.0   0.29 0.26 0.24 0.21
# --8<-- [end:temperature]

# --8<-- [start:cause]
from rnncourse.text import saliency

right, wrong = vocabulary.encode(["corren", "corre"])
moved = saliency(model, numbers, right, instead=wrong)  # (1)!
print("one number a word:", tuple(moved.shape))

for subject in ("los gatos", "el gato"):
    exchanged = [*vocabulary.encode(subject.split()), *numbers[2:]]
    logits, _ = model(torch.tensor([1, *exchanged])[:, None])
    print(subject, bool(logits[-1, 0, right] > logits[-1, 0, wrong]))  # (2)!
# > one number a word: (8,)
# > los gatos True
# > el gato False
# --8<-- [end:cause]

# --8<-- [start:keys]
from rnncourse.text import keystrokes

dictionary = ["gradiente", "grande", "granizo"]


def screen(start):
    return [word for word in dictionary if word.startswith(start)][:1]


print(keystrokes("gradiente", screen), keystrokes("granizo", screen))
# > 1 6
# --8<-- [end:keys]
