"""The bibliography: each source said once, cited by its key from every page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """One source.

    Attributes:
        key: how pages cite it, `[[cite elman1990]]`.
        authors: as printed, initials first.
        year: of publication.
        title: in its own language.
        where: journal, volume and pages, conference or publisher.
        es: what it gave, one sentence in Spanish.
        en: the same in English.
        doi: its digital object identifier; "" if it has none.
        url: where it can be read, if not through the DOI.
    """

    key: str
    authors: tuple[str, ...]
    year: int
    title: str
    where: str
    es: str
    en: str
    doi: str = ""
    url: str = ""

    @property
    def address(self) -> str:
        """Where it can be read; "" if nowhere."""
        return f"https://doi.org/{self.doi}" if self.doi else self.url


def _arxiv(number: str) -> str:
    return f"https://arxiv.org/abs/{number}"


REFERENCES = (
    Reference(
        "shannon1951",
        ("C. E. Shannon",),
        1951,
        "Prediction and entropy of printed English",
        "Bell System Technical Journal 30(1), 50-64",
        "Mide cuántos bits hacen falta por letra, haciendo adivinar a una "
        "persona la letra siguiente.",
        "Measures how many bits a letter needs, by having a person guess the "
        "next one.",
        doi="10.1002/j.1538-7305.1951.tb01366.x",
    ),
    Reference(
        "peterson1952",
        ("G. E. Peterson", "H. L. Barney"),
        1952,
        "Control methods used in a study of the vowels",
        "J. Acoust. Soc. Am. 24(2), 175-184",
        "Mide los formantes de las vocales de 76 hablantes.",
        "Measures the formants of the vowels of 76 speakers.",
        doi="10.1121/1.1906875",
    ),
    Reference(
        "hoerl1970",
        ("A. E. Hoerl", "R. W. Kennard"),
        1970,
        "Ridge regression: biased estimation for nonorthogonal problems",
        "Technometrics 12(1), 55-67",
        "Los mínimos cuadrados con un castigo al tamaño de los coeficientes.",
        "Least squares with a penalty on the size of the coefficients.",
        doi="10.1080/00401706.1970.10488634",
    ),
    Reference(
        "atal1971",
        ("B. S. Atal", "S. L. Hanauer"),
        1971,
        "Speech analysis and synthesis by linear prediction of the speech wave",
        "J. Acoust. Soc. Am. 50(2B), 637-655",
        "Pronostica cada muestra de la voz como combinación lineal de las "
        "anteriores y lee en los coeficientes los formantes.",
        "Forecasts each sample of speech as a linear combination of those "
        "before it and reads the formants in the coefficients.",
    ),
    Reference(
        "meese1983",
        ("R. A. Meese", "K. Rogoff"),
        1983,
        "Empirical exchange rate models of the seventies: do they fit out of "
        "sample?",
        "Journal of International Economics 14, 3-24",
        "Una caminata aleatoria pronostica los tipos de cambio tan bien como "
        "los modelos de la economía.",
        "A random walk forecasts exchange rates as well as the models of "
        "economics do.",
    ),
    Reference(
        "rumelhart1986",
        ("D. E. Rumelhart", "G. E. Hinton", "R. J. Williams"),
        1986,
        "Learning representations by back-propagating errors",
        "Nature 323, 533-536",
        "Pone la retropropagación en manos de todos y muestra que las capas "
        "ocultas aprenden representaciones útiles.",
        "Puts backpropagation into everyone's hands and shows that hidden "
        "layers learn useful representations.",
        doi="10.1038/323533a0",
    ),
    Reference(
        "jordan1986",
        ("M. I. Jordan",),
        1986,
        "Serial order: a parallel distributed processing approach",
        "ICS report 8604, University of California, San Diego; reprinted in "
        "Advances in Psychology 121 (1997), 471-495",
        "La red en la que lo que vuelve es la respuesta, y no el estado; la "
        "original conserva además un rastro decreciente de las anteriores.",
        "The network in which what comes back is the answer, not the state; "
        "the original also keeps a decaying trace of earlier answers.",
        doi="10.1016/S0166-4115(97)80111-2",
    ),
    Reference(
        "hillis1986",
        ("W. D. Hillis", "G. L. Steele"),
        1986,
        "Data parallel algorithms",
        "Communications of the ACM 29(12), 1170-1183",
        "Muchos procesadores a la vez: sumas acumuladas en un número "
        "logarítmico de niveles.",
        "Many processors at once: running sums in a logarithmic number of "
        "levels.",
        doi="10.1145/7902.7903",
    ),
    Reference(
        "murphy1988",
        ("A. H. Murphy",),
        1988,
        "Skill scores based on the mean square error and their relationships "
        "to the correlation coefficient",
        "Monthly Weather Review 116(12), 2417-2424",
        "La habilidad de un pronóstico, contra una referencia.",
        "The skill of a forecast, against a reference.",
        url="https://doi.org/10/fc7mxd",
    ),
    Reference(
        "williams1989",
        ("R. J. Williams", "D. Zipser"),
        1989,
        "A learning algorithm for continually running fully recurrent neural "
        "networks",
        "Neural Computation 1(2), 270-280",
        "El gradiente calculado hacia adelante (RTRL): no guarda la historia, "
        "pero su costo crece con la cuarta potencia de las unidades.",
        "The gradient computed forwards (RTRL): it stores no history, but its "
        "cost grows with the fourth power of the number of units.",
        doi="10.1162/neco.1989.1.2.270",
    ),
    Reference(
        "lecun1989",
        ("Y. LeCun", "B. Boser", "J. S. Denker", "D. Henderson",
         "R. E. Howard", "W. Hubbard", "L. D. Jackel"),
        1989,
        "Backpropagation applied to handwritten zip code recognition",
        "Neural Computation 1(4), 541-551",
        "Una red convolucional entrenada de punta a punta: los mismos pesos "
        "recorren toda la imagen.",
        "A convolutional network trained from end to end: the same weights "
        "travel over the whole image.",
        doi="10.1162/neco.1989.1.4.541",
    ),
    Reference(
        "elman1990",
        ("J. L. Elman",),
        1990,
        "Finding structure in time",
        "Cognitive Science 14(2), 179-211",
        "La red recurrente simple: el estado vuelve a entrar como contexto, y "
        "la red descubre las clases de palabras al predecir la siguiente.",
        "The simple recurrent network: the state comes back in as context, and "
        "the network finds classes of words by predicting the next.",
        doi="10.1207/s15516709cog1402_1",
    ),
    Reference(
        "williams1990",
        ("R. J. Williams", "J. Peng"),
        1990,
        "An efficient gradient-based algorithm for on-line training of "
        "recurrent network trajectories",
        "Neural Computation 2(4), 490-501",
        "El gradiente truncado: volver solo unos pasos hacia atrás.",
        "The truncated gradient: going back only a few steps.",
        doi="10.1162/neco.1990.2.4.490",
    ),
    Reference(
        "werbos1990",
        ("P. J. Werbos",),
        1990,
        "Backpropagation through time: what it does and how to do it",
        "Proceedings of the IEEE 78(10), 1550-1560",
        "La retropropagación a través del tiempo, explicada para usarla.",
        "Backpropagation through time, explained for use.",
        doi="10.1109/5.58337",
    ),
    Reference(
        "blelloch1990",
        ("G. E. Blelloch",),
        1990,
        "Prefix sums and their applications",
        "CMU-CS-90-190, Carnegie Mellon University",
        "El barrido de trabajo lineal, y las recurrencias lineales como caso "
        "suyo.",
        "The scan of linear work, and linear recurrences as a case of it.",
        url="https://www.cs.cmu.edu/~scandal/papers/CMU-CS-90-190.html",
    ),
    Reference(
        "hochreiter1991",
        ("S. Hochreiter",),
        1991,
        "Untersuchungen zu dynamischen neuronalen Netzen",
        "Tesis de diploma / diploma thesis, Technische Universität München",
        "El primer análisis del gradiente que se desvanece.",
        "The first analysis of the vanishing gradient.",
    ),
    Reference(
        "bengio1994",
        ("Y. Bengio", "P. Simard", "P. Frasconi"),
        1994,
        "Learning long-term dependencies with gradient descent is difficult",
        "IEEE Transactions on Neural Networks 5(2), 157-166",
        "Guardar información de manera estable y aprender por gradiente tiran "
        "en sentidos opuestos.",
        "Storing information robustly and learning by gradient pull in "
        "opposite directions.",
        doi="10.1109/72.279181",
    ),
        Reference(
        "ney1994",
        ("H. Ney", "U. Essen", "R. Kneser"),
        1994,
        "On structuring probabilistic dependences in stochastic language "
        "modelling",
        "Computer Speech & Language 8(1), 1-38",
        "El descuento absoluto, y cómo estimarlo de lo que se vio una vez y "
        "dos.",
        "Absolute discounting, and how to estimate it from what was seen once "
        "and twice.",
        doi="10.1006/csla.1994.1001",
    ),
    Reference(
        "kneser1995",
        ("R. Kneser", "H. Ney"),
        1995,
        "Improved backing-off for M-gram language modeling",
        "ICASSP 1995, 181-184",
        "El suavizado que cuenta en cuántos contextos distintos apareció cada "
        "palabra.",
        "The smoothing that counts in how many different contexts each word "
        "appeared.",
        doi="10.1109/ICASSP.1995.479394",
    ),
    Reference(
        "diebold1995",
        ("F. X. Diebold", "R. S. Mariano"),
        1995,
        "Comparing predictive accuracy",
        "Journal of Business and Economic Statistics 13(3), 253-263",
        "Dos pronósticos se comparan por la diferencia de sus pérdidas, caso "
        "por caso, con el margen de esa diferencia.",
        "Two forecasts are compared by the difference of their losses, case by "
        "case, with the margin of that difference.",
        doi="10.1080/07350015.1995.10524599",
    ),
    Reference(
        "siegelmann1995",
        ("H. T. Siegelmann", "E. D. Sontag"),
        1995,
        "On the computational power of neural nets",
        "Journal of Computer and System Sciences 50(1), 132-150",
        "Con pesos racionales, números exactos y una activación que recorta al "
        "intervalo de 0 a 1, una red recurrente calcula lo que calcula una "
        "máquina de Turing.",
        "With rational weights, exact numbers and an activation that clips to "
        "between 0 and 1, a recurrent network computes what a Turing machine "
        "does.",
        doi="10.1006/jcss.1995.1013",
    ),
    Reference(
        "hochreiter1997",
        ("S. Hochreiter", "J. Schmidhuber"),
        1997,
        "Long short-term memory",
        "Neural Computation 9(8), 1735-1780",
        "La LSTM: una celda con un lazo de peso 1 por la que el error circula "
        "sin borrarse, y compuertas que la protegen.",
        "The LSTM: a cell with a loop of weight 1 around which the error "
        "travels without fading, and gates that protect it.",
        doi="10.1162/neco.1997.9.8.1735",
    ),
    Reference(
        "schuster1997",
        ("M. Schuster", "K. K. Paliwal"),
        1997,
        "Bidirectional recurrent neural networks",
        "IEEE Transactions on Signal Processing 45(11), 2673-2681",
        "Dos redes, una hacia adelante y otra hacia atrás, cuando la secuencia "
        "se conoce entera.",
        "Two networks, one forwards and one backwards, for when the whole "
        "sequence is known.",
        doi="10.1109/78.650093",
    ),
    Reference(
        "prechelt1998",
        ("L. Prechelt",),
        1998,
        "Early stopping - but when?",
        "Neural Networks: Tricks of the Trade, LNCS 1524, 55-69, Springer",
        "Cuándo detener un entrenamiento: criterios medidos en más de mil "
        "corridas.",
        "When to stop a training run: criteria measured on over a thousand of "
        "them.",
        doi="10.1007/3-540-49430-8_3",
    ),
    Reference(
        "dagum1998",
        ("L. Dagum", "R. Menon"),
        1998,
        "OpenMP: an industry standard API for shared-memory programming",
        "IEEE Computational Science and Engineering 5(1), 46-55",
        "Presenta OpenMP: repartir un lazo entre hilos con una línea.",
        "Presents OpenMP: sharing a loop out among threads with one line.",
        doi="10.1109/99.660313",
    ),
    Reference(
        "chen1999",
        ("S. F. Chen", "J. Goodman"),
        1999,
        "An empirical study of smoothing techniques for language modeling",
        "Computer Speech & Language 13(4), 359-394",
        "Compara los suavizados; el de Kneser y Ney, interpolado, gana.",
        "Compares the smoothings; that of Kneser and Ney, interpolated, wins.",
        doi="10.1006/csla.1999.0128",
    ),
    Reference(
        "gers2000",
        ("F. A. Gers", "J. Schmidhuber", "F. Cummins"),
        2000,
        "Learning to forget: continual prediction with LSTM",
        "Neural Computation 12(10), 2451-2471",
        "Agrega la compuerta de olvido; es la LSTM que hoy se usa.",
        "Adds the forget gate; this is the LSTM in use today.",
        doi="10.1162/089976600300015015",
    ),
    Reference(
        "gers2000peepholes",
        ("F. A. Gers", "J. Schmidhuber"),
        2000,
        "Recurrent nets that time and count",
        "IJCNN 2000, vol. 3, 189-194",
        "Las conexiones de mirilla, para medir intervalos.",
        "Peepholes, to measure intervals.",
        doi="10.1109/IJCNN.2000.861302",
    ),
    Reference(
        "jaeger2004",
        ("H. Jaeger", "H. Haas"),
        2004,
        "Harnessing nonlinearity: predicting chaotic systems and saving "
        "energy in wireless communication",
        "Science 304(5667), 78-80",
        "Redes de estados de eco: el lazo se sortea y se entrena solo la "
        "salida.",
        "Echo state networks: the loop is drawn at random and only the "
        "output is trained.",
        doi="10.1126/science.1091277",
    ),
    Reference(
        "graves2005",
        ("A. Graves", "J. Schmidhuber"),
        2005,
        "Framewise phoneme classification with bidirectional LSTM and other "
        "neural network architectures",
        "Neural Networks 18(5-6), 602-610",
        "La LSTM entrenada con el gradiente entero, y en las dos "
        "direcciones.",
        "The LSTM trained with the whole gradient, and in both directions.",
        doi="10.1016/j.neunet.2005.06.042",
    ),
    Reference(
        "goto2008",
        ("K. Goto", "R. A. van de Geijn"),
        2008,
        "Anatomy of high-performance matrix multiplication",
        "ACM Trans. Math. Softw. 34(3), 12",
        "Explica por capas de memoria cómo se escribe un producto de matrices "
        "rápido.",
        "Explains, by layers of memory, how a fast matrix product is written.",
        doi="10.1145/1356052.1356053",
    ),
    Reference(
        "williams2009",
        ("S. Williams", "A. Waterman", "D. Patterson"),
        2009,
        "Roofline: an insightful visual performance model for multicore "
        "architectures",
        "Communications of the ACM 52(4), 65-76",
        "El techo de una máquina: su aritmética, o los bytes que le llegan.",
        "The roof of a machine: its arithmetic, or the bytes that reach it.",
        doi="10.1145/1498765.1498785",
    ),
    Reference(
        "mikolov2010",
        ("T. Mikolov", "M. Karafiát", "L. Burget", "J. Černocký",
         "S. Khudanpur"),
        2010,
        "Recurrent neural network based language model",
        "Interspeech 2010, 1045-1048",
        "El modelo de lenguaje recurrente, y su mezcla con n-gramas.",
        "The recurrent language model, and its mixture with n-grams.",
        doi="10.21437/Interspeech.2010-343",
    ),
    Reference(
        "graves2013",
        ("A. Graves", "A. Mohamed", "G. Hinton"),
        2013,
        "Speech recognition with deep recurrent neural networks",
        "ICASSP 2013, 6645-6649",
        "Las LSTM apiladas y bidireccionales ganan en reconocimiento de voz.",
        "Stacked, bidirectional LSTMs win at speech recognition.",
        doi="10.1109/ICASSP.2013.6638947",
    ),
    Reference(
        "pascanu2013",
        ("R. Pascanu", "T. Mikolov", "Y. Bengio"),
        2013,
        "On the difficulty of training recurrent neural networks",
        "ICML 2013, PMLR 28(3), 1310-1318",
        "La cota con el mayor valor singular, el acantilado de la pérdida y el "
        "recorte del gradiente por su norma.",
        "The bound by the largest singular value, the cliff of the loss, and "
        "clipping the gradient by its norm.",
        url=_arxiv("1211.5063"),
    ),
    Reference(
        "saxe2014",
        ("A. M. Saxe", "J. L. McClelland", "S. Ganguli"),
        2014,
        "Exact solutions to the nonlinear dynamics of learning in deep linear "
        "neural networks",
        "ICLR 2014",
        "Por qué conviene empezar con matrices ortogonales.",
        "Why it pays to start from orthogonal matrices.",
        url=_arxiv("1312.6120"),
    ),
    Reference(
        "cho2014",
        ("K. Cho", "B. van Merriënboer", "C. Gulcehre", "D. Bahdanau",
         "F. Bougares", "H. Schwenk", "Y. Bengio"),
        2014,
        "Learning phrase representations using RNN encoder-decoder for "
        "statistical machine translation",
        "EMNLP 2014, 1724-1734",
        "La unidad que hoy llamamos GRU, y el par codificador-decodificador.",
        "The unit now called the GRU, and the encoder-decoder pair.",
        doi="10.3115/v1/D14-1179",
    ),
    Reference(
        "sutskever2014",
        ("I. Sutskever", "O. Vinyals", "Q. V. Le"),
        2014,
        "Sequence to sequence learning with neural networks",
        "NIPS 2014",
        "Traduce con dos LSTM y un vector entre ellas; ayuda darle la frase al "
        "revés.",
        "Translates with two LSTMs and a vector between them; feeding the "
        "sentence backwards helps.",
        url=_arxiv("1409.3215"),
    ),
    Reference(
        "chung2014",
        ("J. Chung", "C. Gulcehre", "K. Cho", "Y. Bengio"),
        2014,
        "Empirical evaluation of gated recurrent neural networks on sequence "
        "modeling",
        "NIPS 2014 Deep Learning Workshop",
        "Compara la GRU con la LSTM: ninguna gana siempre.",
        "Compares the GRU with the LSTM: neither always wins.",
        url=_arxiv("1412.3555"),
    ),
    Reference(
        "zaremba2014",
        ("W. Zaremba", "I. Sutskever", "O. Vinyals"),
        2014,
        "Recurrent neural network regularization",
        "arXiv:1409.2329",
        "El descarte en lo que sube, no en lo que va de un paso al siguiente.",
        "Dropout in what goes up, not in what goes from one step to the next.",
        url=_arxiv("1409.2329"),
    ),
    Reference(
        "simonyan2014",
        ("K. Simonyan", "A. Vedaldi", "A. Zisserman"),
        2014,
        "Deep inside convolutional networks: visualising image classification "
        "models and saliency maps",
        "ICLR 2014, workshop",
        "El gradiente de una respuesta respecto de su entrada, como mapa de "
        "lo que la mueve.",
        "The gradient of an answer with respect to its input, as a map of what "
        "moves it.",
        url=_arxiv("1312.6034"),
    ),
    Reference(
        "kingma2015",
        ("D. P. Kingma", "J. Ba"),
        2015,
        "Adam: a method for stochastic optimization",
        "ICLR 2015",
        "El optimizador que divide la media de los gradientes por la raíz de "
        "la de sus cuadrados.",
        "The optimiser that divides the mean of the gradients by the root of "
        "that of their squares.",
        url=_arxiv("1412.6980"),
    ),
    Reference(
        "bengio2015",
        ("S. Bengio", "O. Vinyals", "N. Jaitly", "N. Shazeer"),
        2015,
        "Scheduled sampling for sequence prediction with recurrent neural "
        "networks",
        "NIPS 2015, 1171-1179",
        "Al entrenar, la red recibe cada vez más a menudo lo que ella misma "
        "eligió.",
        "In training, the network is given more and more often what it "
        "chose itself.",
        url=_arxiv("1506.03099"),
    ),
    Reference(
        "bahdanau2015",
        ("D. Bahdanau", "K. Cho", "Y. Bengio"),
        2015,
        "Neural machine translation by jointly learning to align and translate",
        "ICLR 2015",
        "La atención: el decodificador lee una media de todos los estados, con "
        "pesos que aprende.",
        "Attention: the decoder reads a mean of all the states, with weights "
        "that it learns.",
        url=_arxiv("1409.0473"),
    ),
    Reference(
        "luong2015",
        ("M.-T. Luong", "H. Pham", "C. D. Manning"),
        2015,
        "Effective approaches to attention-based neural machine translation",
        "EMNLP 2015",
        "La atención con un producto en lugar de una red.",
        "Attention with a product in place of a network.",
        url=_arxiv("1508.04025"),
    ),
    Reference(
        "jozefowicz2015",
        ("R. Jozefowicz", "W. Zaremba", "I. Sutskever"),
        2015,
        "An empirical exploration of recurrent network architectures",
        "ICML 2015, PMLR 37, 2342-2350",
        "Prueba miles de celdas y confirma que conviene empezar con el sesgo "
        "de la compuerta de olvido en 1.",
        "Tries thousands of cells and confirms that the forget gate's bias is "
        "best started at 1.",
        url="https://proceedings.mlr.press/v37/jozefowicz15.html",
    ),
    Reference(
        "le2015",
        ("Q. V. Le", "N. Jaitly", "G. E. Hinton"),
        2015,
        "A simple way to initialize recurrent networks of rectified linear "
        "units",
        "arXiv:1504.00941",
        "Una red ReLU que empieza con la identidad recuerda lejos.",
        "A ReLU network that starts from the identity remembers far back.",
        url=_arxiv("1504.00941"),
    ),
    Reference(
        "mazur2015",
        ("M. Mazur",),
        2015,
        "A step by step backpropagation example",
        "mattmazur.com",
        "La red de dos entradas, dos unidades y dos salidas, con sus números.",
        "The network of two inputs, two units and two outputs, with its "
        "numbers.",
        url="https://mattmazur.com/2015/03/17/"
        "a-step-by-step-backpropagation-example/",
    ),
    Reference(
        "sennrich2016",
        ("R. Sennrich", "B. Haddow", "A. Birch"),
        2016,
        "Neural machine translation of rare words with subword units",
        "ACL 2016, 1715-1725",
        "Los pedazos de palabra: se unen, una y otra vez, los dos vecinos más "
        "frecuentes.",
        "Pieces of words: the commonest pair of neighbours is joined, over "
        "and over.",
        doi="10.18653/v1/P16-1162",
    ),
    Reference(
        "arjovsky2016",
        ("M. Arjovsky", "A. Shah", "Y. Bengio"),
        2016,
        "Unitary evolution recurrent neural networks",
        "ICML 2016, PMLR 48, 1120-1128",
        "Matrices unitarias contra el desvanecimiento; las tareas de copia y "
        "de suma en la forma que hoy se usa.",
        "Unitary matrices against vanishing; the copy and adding problems in "
        "the form used today.",
        url=_arxiv("1511.06464"),
    ),
    Reference(
        "chen2016",
        ("T. Chen", "B. Xu", "C. Zhang", "C. Guestrin"),
        2016,
        "Training deep nets with sublinear memory cost",
        "arXiv:1604.06174",
        "Guardar algunos estados y recalcular los demás a la vuelta.",
        "Keeping some states and recomputing the others in the backward pass.",
        url=_arxiv("1604.06174"),
    ),
    Reference(
        "linzen2016",
        ("T. Linzen", "E. Dupoux", "Y. Goldberg"),
        2016,
        "Assessing the ability of LSTMs to learn syntax-sensitive dependencies",
        "Transactions of the ACL 4, 521-535",
        "La concordancia entre sujeto y verbo como prueba de lo que una red "
        "recurrente recuerda, con texto real en inglés.",
        "Subject-verb agreement as a test of what a recurrent network "
        "remembers, on real English text.",
        doi="10.1162/tacl_a_00115",
    ),
    Reference(
        "oord2016",
        ("A. van den Oord", "S. Dieleman", "H. Zen", "K. Simonyan",
         "O. Vinyals", "A. Graves", "N. Kalchbrenner", "A. Senior",
         "K. Kavukcuoglu"),
        2016,
        "WaveNet: a generative model for raw audio",
        "arXiv:1609.03499",
        "Convoluciones causales y dilatadas que generan voz muestra a muestra.",
        "Causal, dilated convolutions that generate speech sample by sample.",
        url=_arxiv("1609.03499"),
    ),
    Reference(
        "ba2016",
        ("J. L. Ba", "J. R. Kiros", "G. E. Hinton"),
        2016,
        "Layer normalization",
        "arXiv:1607.06450",
        "La normalización por capa, que no depende del lote ni del largo.",
        "Layer normalisation, which depends on neither batch nor length.",
        url=_arxiv("1607.06450"),
    ),
    Reference(
        "gal2016",
        ("Y. Gal", "Z. Ghahramani"),
        2016,
        "A theoretically grounded application of dropout in recurrent neural "
        "networks",
        "NIPS 2016, 1019-1027",
        "El descarte con la misma máscara en todos los pasos.",
        "Dropout with the same mask at every step.",
        url=_arxiv("1512.05287"),
    ),
    Reference(
        "he2016",
        ("K. He", "X. Zhang", "S. Ren", "J. Sun"),
        2016,
        "Deep residual learning for image recognition",
        "CVPR 2016",
        "Las conexiones residuales, que hacen entrenable la profundidad.",
        "Residual connections, which make depth trainable.",
        url=_arxiv("1512.03385"),
    ),
    Reference(
        "appleyard2016",
        ("J. Appleyard", "T. Kočiský", "P. Blunsom"),
        2016,
        "Optimizing performance of recurrent neural networks on GPUs",
        "arXiv:1604.01946",
        "Cómo cuDNN acelera una celda, una capa y una red de varias.",
        "How cuDNN speeds up a cell, a layer and a network of several.",
        url=_arxiv("1604.01946"),
    ),
    Reference(
        "diamos2016",
        ("G. Diamos", "S. Sengupta", "B. Catanzaro", "M. Chrzanowski",
         "A. Coates", "E. Elsen", "J. Engel", "A. Hannun", "S. Satheesh"),
        2016,
        "Persistent RNNs: stashing recurrent weights on-chip",
        "ICML 2016, PMLR 48, 2024-2033",
        "Deja los pesos recurrentes en los registros de la GPU durante toda la "
        "secuencia.",
        "Leaves the recurrent weights in the GPU's registers for the whole "
        "sequence.",
        url="https://proceedings.mlr.press/v48/diamos16.html",
    ),
    Reference(
        "tallec2017",
        ("C. Tallec", "Y. Ollivier"),
        2017,
        "Unbiasing truncated backpropagation through time",
        "arXiv:1705.08209",
        "Truncar al azar, y dividir por la probabilidad, deja el gradiente "
        "insesgado.",
        "Truncating at random, and dividing by the probability, leaves the "
        "gradient unbiased.",
        url=_arxiv("1705.08209"),
    ),
    Reference(
        "vaswani2017",
        ("A. Vaswani", "N. Shazeer", "N. Parmar", "J. Uszkoreit", "L. Jones",
         "A. N. Gomez", "Ł. Kaiser", "I. Polosukhin"),
        2017,
        "Attention is all you need",
        "NIPS 2017",
        "El transformador: atención sin recurrencia, que se entrena en "
        "paralelo.",
        "The transformer: attention without recurrence, trained in parallel.",
        url=_arxiv("1706.03762"),
    ),
    Reference(
        "zaheer2017",
        ("M. Zaheer", "S. Kottur", "S. Ravanbakhsh", "B. Póczos",
         "R. R. Salakhutdinov", "A. J. Smola"),
        2017,
        "Deep sets",
        "NIPS 2017",
        "Las redes que no miran el orden: una suma de lo que dice cada "
        "elemento, y después otra red.",
        "Networks that ignore order: a sum of what each item says, and then "
        "another network.",
        url=_arxiv("1703.06114"),
    ),
    Reference(
        "press2017",
        ("O. Press", "L. Wolf"),
        2017,
        "Using the output embedding to improve language models",
        "EACL 2017, 157-163",
        "La matriz que lee las palabras sirve también para puntuarlas.",
        "The matrix that reads the words can also score them.",
        url=_arxiv("1608.05859"),
    ),
    Reference(
        "tallec2018",
        ("C. Tallec", "Y. Ollivier"),
        2018,
        "Can recurrent neural networks warp time?",
        "ICLR 2018",
        "El sesgo de olvido con que conviene empezar, según los retardos "
        "que haya.",
        "Which forget bias to begin with, according to the lags in the data.",
        url=_arxiv("1804.11188"),
    ),
    Reference(
        "weiss2018",
        ("G. Weiss", "Y. Goldberg", "E. Yahav"),
        2018,
        "On the practical computational power of finite precision RNNs for "
        "language recognition",
        "ACL 2018, volume 2, 740-745",
        "Con números de precisión finita cuentan la LSTM y la red simple con "
        "ReLU; la GRU y la red simple con tanh, no.",
        "With numbers of finite precision the LSTM and the simple network with "
        "ReLU can count; the GRU and the simple network with tanh cannot.",
        doi="10.18653/v1/P18-2117",
    ),
    Reference(
        "bai2018",
        ("S. Bai", "J. Z. Kolter", "V. Koltun"),
        2018,
        "An empirical evaluation of generic convolutional and recurrent "
        "networks for sequence modeling",
        "arXiv:1803.01271",
        "Redes convolucionales en el tiempo contra recurrentes, en las tareas "
        "clásicas.",
        "Convolutional networks in time against recurrent ones, on the "
        "classical tasks.",
        url=_arxiv("1803.01271"),
    ),
    Reference(
        "baydin2018",
        ("A. G. Baydin", "B. A. Pearlmutter", "A. A. Radul", "J. M. Siskind"),
        2018,
        "Automatic differentiation in machine learning: a survey",
        "Journal of Machine Learning Research 18(153), 1-43",
        "Las dos direcciones de la regla de la cadena, y qué cuesta cada una.",
        "The two directions of the chain rule, and what each costs.",
        url="https://jmlr.org/papers/v18/17-468.html",
    ),
    Reference(
        "martin2018",
        ("E. Martin", "C. Cundy"),
        2018,
        "Parallelizing linear recurrent neural nets over sequence length",
        "ICLR 2018",
        "Redes con recurrencia lineal, calculadas con un barrido.",
        "Networks with a linear recurrence, computed with a scan.",
        url=_arxiv("1709.04057"),
    ),
    Reference(
        "micikevicius2018",
        ("P. Micikevicius", "S. Narang", "J. Alben", "G. Diamos", "E. Elsen",
         "D. Garcia", "B. Ginsburg", "M. Houston", "O. Kuchaiev",
         "G. Venkatesh", "H. Wu"),
        2018,
        "Mixed precision training",
        "ICLR 2018",
        "Entrenar con productos de 16 bits y pesos de 32; escalar la "
        "pérdida para que los gradientes chicos no se pierdan.",
        "Training with 16-bit products and 32-bit weights; scaling the loss so "
        "that small gradients are not lost.",
        url=_arxiv("1710.03740"),
    ),
    Reference(
        "makridakis2018",
        ("S. Makridakis", "E. Spiliotis", "V. Assimakopoulos"),
        2018,
        "Statistical and Machine Learning forecasting methods: concerns and "
        "ways forward",
        "PLOS ONE 13(3), e0194889",
        "En mil series mensuales, los métodos estadísticos simples pronostican "
        "mejor que las redes.",
        "On a thousand monthly series, simple statistical methods forecast "
        "better than networks.",
        doi="10.1371/journal.pone.0194889",
    ),
    Reference(
        "fan2018",
        ("A. Fan", "M. Lewis", "Y. Dauphin"),
        2018,
        "Hierarchical neural story generation",
        "ACL 2018, 889-898",
        "Sortear solo entre las k palabras más probables.",
        "Drawing only among the k likeliest words.",
        url=_arxiv("1805.04833"),
    ),
    Reference(
        "kalamkar2019",
        ("D. Kalamkar", "D. Mudigere", "N. Mellempudi", "D. Das",
         "K. Banerjee", "S. Avancha", "D. T. Vooturi", "N. Jammalamadaka",
         "J. Huang", "H. Yuen", "J. Yang", "J. Park", "A. Heinecke",
         "E. Georganas", "S. Srinivasan", "A. Kundu", "M. Smelyanskiy",
         "B. Kaul", "P. Dubey"),
        2019,
        "A study of BFLOAT16 for deep learning training",
        "arXiv:1905.12322",
        "Con el exponente de float32, bfloat16 entrena igual sin escalar "
        "la pérdida.",
        "With the exponent of float32, bfloat16 trains as well without "
        "scaling the loss.",
        url=_arxiv("1905.12322"),
    ),
    Reference(
        "tillet2019",
        ("P. Tillet", "H. T. Kung", "D. Cox"),
        2019,
        "Triton: an intermediate language and compiler for tiled neural "
        "network computations",
        "MAPL 2019, 10-19",
        "Un lenguaje para escribir núcleos de GPU por mosaicos.",
        "A language to write GPU kernels by tiles.",
        doi="10.1145/3315508.3329973",
    ),
    Reference(
        "katharopoulos2020",
        ("A. Katharopoulos", "A. Vyas", "N. Pappas", "F. Fleuret"),
        2020,
        "Transformers are RNNs: fast autoregressive transformers with linear "
        "attention",
        "ICML 2020",
        "Sin softmax, la atención es una red recurrente cuyo estado es una "
        "matriz.",
        "Without the softmax, attention is a recurrent network whose state is "
        "a matrix.",
        url=_arxiv("2006.16236"),
    ),
    Reference(
        "holtzman2020",
        ("A. Holtzman", "J. Buys", "L. Du", "M. Forbes", "Y. Choi"),
        2020,
        "The curious case of neural text degeneration",
        "ICLR 2020",
        "Sortear solo en el núcleo: las menos palabras que juntan la "
        "probabilidad pedida.",
        "Drawing from the nucleus alone: the fewest words that gather the "
        "probability asked for.",
        url=_arxiv("1904.09751"),
    ),
    Reference(
        "li2020",
        ("S. Li", "Y. Zhao", "R. Varma", "O. Salpekar", "P. Noordhuis",
         "T. Li", "A. Paszke", "J. Smith", "B. Vaughan", "P. Damania",
         "S. Chintala"),
        2020,
        "PyTorch distributed: experiences on accelerating data parallel "
        "training",
        "Proceedings of the VLDB Endowment 13(12), 3005-3018",
        "Cómo PyTorch promedia los gradientes de varios procesos mientras "
        "los calcula.",
        "How PyTorch averages the gradients of several processes while "
        "they are computed.",
        doi="10.14778/3415478.3415530",
    ),
    Reference(
        "salinas2020",
        ("D. Salinas", "V. Flunkert", "J. Gasthaus", "T. Januschowski"),
        2020,
        "DeepAR: probabilistic forecasting with autoregressive recurrent "
        "networks",
        "International Journal of Forecasting 36, 1181-1191",
        "Una red recurrente aprende de miles de series a la vez y da una "
        "distribución en lugar de un número.",
        "A recurrent network learns from thousands of series at once and "
        "gives a distribution in place of a number.",
        url=_arxiv("1704.04110"),
    ),
    Reference(
        "schlag2021",
        ("I. Schlag", "K. Irie", "J. Schmidhuber"),
        2021,
        "Linear transformers are secretly fast weight programmers",
        "ICML 2021",
        "La regla delta: antes de escribir en una memoria de matriz se mira "
        "lo que la clave ya guardaba.",
        "The delta rule: before writing in a matrix memory, look at what the "
        "key already holds.",
        url=_arxiv("2102.11174"),
    ),
    Reference(
        "hyndman2021",
        ("R. J. Hyndman", "G. Athanasopoulos"),
        2021,
        "Forecasting: principles and practice, 3rd edition",
        "OTexts",
        "El libro, libre, de donde vienen los nombres de los modelos de "
        "referencia.",
        "The book, free to read, that the names of the baselines come from.",
        url="https://otexts.com/fpp3/",
    ),
    Reference(
        "gu2022",
        ("A. Gu", "K. Goel", "C. Ré"),
        2022,
        "Efficiently modeling long sequences with structured state spaces",
        "ICLR 2022",
        "Sistemas lineales en tiempo continuo como capas: recurrencia al "
        "usarlas, convolución al entrenarlas.",
        "Linear systems in continuous time as layers: a recurrence in use, a "
        "convolution in training.",
        url=_arxiv("2111.00396"),
    ),
    Reference(
        "gu2023",
        ("A. Gu", "T. Dao"),
        2023,
        "Mamba: linear-time sequence modeling with selective state spaces",
        "arXiv:2312.00752",
        "El paso de tiempo depende de la entrada: la compuerta vuelve.",
        "The step of time depends on the input: the gate is back.",
        url=_arxiv("2312.00752"),
    ),
    Reference(
        "heinsen2023",
        ("F. A. Heinsen",),
        2023,
        "Efficient parallelization of a ubiquitous sequential computation",
        "arXiv:2311.06281",
        "La recurrencia lineal como dos sumas acumuladas en logaritmos.",
        "The linear recurrence as two running sums in logarithms.",
        url=_arxiv("2311.06281"),
    ),
    Reference(
        "zhang2023",
        ("A. Zhang", "Z. C. Lipton", "M. Li", "A. J. Smola"),
        2023,
        "Dive into Deep Learning",
        "Cambridge University Press",
        "El libro interactivo que la clase toma como bibliografía; sus "
        "capítulos 9 y 10 tratan estas redes.",
        "The interactive book that the lecture lists; its chapters 9 and 10 "
        "treat these networks.",
        url="https://d2l.ai/",
    ),
    Reference(
        "pisarello2023",
        ("M. I. Pisarello", "S. Y. Suaid", "D. Acosta Coden"),
        2023,
        "Técnicas de Aprendizaje Automático, Tema 9: Redes Neuronales "
        "Recurrentes",
        "FaCENA-UNNE",
        "La clase de la que parte este curso.",
        "The lecture from which this course starts.",
    ),
    Reference(
        "beck2024",
        ("M. Beck", "K. Pöppel", "M. Spanring", "A. Auer", "O. Prudnikova",
         "M. Kopp", "G. Klambauer", "J. Brandstetter", "S. Hochreiter"),
        2024,
        "xLSTM: extended long short-term memory",
        "NeurIPS 2024",
        "La LSTM con compuertas exponenciales y memoria de matriz.",
        "The LSTM with exponential gates and a matrix memory.",
        url=_arxiv("2405.04517"),
    ),
    Reference(
        "feng2024",
        ("L. Feng", "F. Tung", "M. O. Ahmed", "Y. Bengio", "H. Hajimirsadeghi"),
        2024,
        "Were RNNs all we needed?",
        "arXiv:2410.01201",
        "Versiones mínimas de la GRU y la LSTM que se calculan en paralelo.",
        "Minimal versions of the GRU and the LSTM that run in parallel.",
        url=_arxiv("2410.01201"),
    ),
    Reference(
        "yang2024",
        ("S. Yang", "B. Wang", "Y. Zhang", "Y. Shen", "Y. Kim"),
        2024,
        "Parallelizing linear transformers with the delta rule over sequence "
        "length",
        "NeurIPS 2024",
        "Cómo calcular en paralelo una memoria de matriz con la regla delta.",
        "How to compute a matrix memory with the delta rule in parallel.",
        url=_arxiv("2406.06484"),
    ),
    Reference(
        "un2024",
        ("United Nations, Population Division",),
        2024,
        "World Population Prospects 2024",
        "United Nations",
        "La población de cada país: estimaciones (aquí se usan las de cada "
        "cinco años, hasta 2020) y proyecciones hasta 2100.",
        "The population of each country: estimates (used here every five "
        "years, to 2020) and projections to 2100.",
        url="https://population.un.org/wpp/",
    ),
    Reference(
        "lim2024",
        ("Y. H. Lim", "Q. Zhu", "J. Selfridge", "M. F. Kasim"),
        2024,
        "Parallelizing non-linear sequential models over the sequence "
        "length",
        "ICLR 2024",
        "Los estados de una red no lineal, todos a la vez, por el método de "
        "Newton.",
        "The states of a nonlinear network, all at once, by Newton's "
        "method.",
        url=_arxiv("2309.12252"),
    ),
    Reference(
        "poppel2024",
        ("K. Pöppel", "M. Beck", "S. Hochreiter"),
        2024,
        "FlashRNN: I/O-aware optimization of traditional RNNs on modern "
        "hardware",
        "ICLR 2025; arXiv:2412.07752",
        "Núcleos fundidos de LSTM y GRU, con los pesos en el chip.",
        "Fused kernels of LSTM and GRU, with the weights on the chip.",
        url=_arxiv("2412.07752"),
    ),
)  # fmt: skip

BY_KEY = {reference.key: reference for reference in REFERENCES}


def bibtex() -> str:
    """All of it, as a BibTeX file."""
    entries = []
    for r in REFERENCES:
        fields = {
            "author": " and ".join(
                f"{{{one}}}" if "," in one else one for one in r.authors
            ),
            "title": f"{{{r.title}}}",
            "howpublished": r.where,
            "year": str(r.year),
            "doi": r.doi,
            "url": r.url,
        }
        lines = [f"  {k} = {{{v}}}" for k, v in fields.items() if v]
        entries.append(f"@misc{{{r.key},\n" + ",\n".join(lines) + "\n}\n")
    return "\n".join(entries)
