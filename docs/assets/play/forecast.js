"use strict"
{
  const { chart, fetched, legend } = rnn
  const NAMES = {
    drift: ["la deriva", "the drift"],
    seasonal: ["el estacional ingenuo", "the seasonal naive"],
    linear: ["el modelo lineal", "the linear model"],
    RNN: ["la RNN", "the RNN"],
    LSTM: ["la LSTM", "the LSTM"],
    GRU: ["la GRU", "the GRU"],
  }
  // the steps that can be said, cuts less one, unit of values and of steps
  const SERIES = {
    market: [20, 39, ["dólares", "dollars"], ["días", "days"]],
    temperature: [24, 39, ["°C"], ["horas", "hours"]],
    argentina: [3, 0, ["millones", "millions"], ["lustros", "five years"]],
    japan: [3, 0, ["millones", "millions"], ["lustros", "five years"]],
    nigeria: [3, 0, ["millones", "millions"], ["lustros", "five years"]],
    walk: [20, 39, [""], ["pasos", "steps"]],
    vowel: [16, 39, [""], ["muestras", "samples"]],
  }

  // an axis that holds the values, with round ticks
  function axis(values, say) {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    const rough = (high - low) / 3 || 1
    const unit = 10 ** Math.floor(Math.log10(rough))
    const step = [1, 2, 5, 10].map((k) => k * unit).find((s) => s >= rough)
    const [a, b] = [Math.floor(low / step), Math.ceil(high / step)]
    const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
    const ticks = Array.from({ length: b - a + 1 }, (_, k) => (a + k) * step)
    return {
      from: a * step,
      to: b * step,
      ticks: ticks.map((v) => [v, say.number(v, places ? `.${places}f` : "d")]),
    }
  }

  function view({ series, model, how, horizon: q, cut: k }, say) {
    const data = fetched(`series-${series}`)
    if (!data) return rnn.awaited(say, [data])
    const math = rnn.forecast
    const [, , unit, steps] = SERIES[series].map((w) => (w.map ? say(...w) : w))
    const has = data.models.includes(model)
    const chosen = has ? model : "persistence"
    const name = say(...NAMES[model])
    const truth = math.came(data, k).slice(0, q)
    const [ours, base] = [chosen, "persistence"].map((one) =>
      math.said(data, one, how, k).slice(0, q),
    )
    const [far, near] = [ours, base].map((one) => math.error(one, truth, q))
    const skill = math.skill(data, chosen, how, k, q)
    const n = (v) => say.number(v, ".3f")
    const at = data.origins[k]
    const past = data.cut.slice(at + 1 - data.K, at + 1)
    const last = past[past.length - 1]
    const line = (values) => [[0, last], ...values.map((v, t) => [t + 1, v])]
    const seen = [
      ...past.map((v, t) => [t + 1 - data.K, v]),
      ...line(truth).slice(1),
    ]
    const all = [...past, ...truth, ...ours, ...base]
    const measure = unit && ` ${unit}`
    return {
      says: has
        ? say(
            `Con horizonte ${q} desde el corte, ${name} se aparta ` +
              `${n(far)}${measure} de lo que vino; la persistencia, ` +
              `${n(near)}. Habilidad en este tramo: ${n(skill)}. En toda la ` +
              `prueba, de una vez: ${n(data.skill[model])}.`,
            `With horizon ${q} from the cut, ${name} is ` +
              `${n(far)}${measure} away from what came; persistence, ` +
              `${n(near)}. Skill on this stretch: ${n(skill)}. On the whole ` +
              `test, at once: ${n(data.skill[model])}.`,
          )
        : say(
            "Esta serie no tiene estación que repetir. La persistencia " +
              `se aparta ${n(near)}${measure}.`,
            "This series has no season to repeat. Persistence is " +
              `${n(near)}${measure} away.`,
          ),
      show: [
        chart({
          title: unit || say("valor", "value"),
          says: say(
            `Lo que vino después del corte, ${name} y la persistencia`,
            `What came after the cut, ${name} and persistence`,
          ),
          x: {
            from: 1 - data.K,
            to: data.Q,
            ticks: [1 - data.K, 0, data.Q],
            label: steps,
          },
          y: axis(all, say),
          series: [
            { points: seen, colour: 1 },
            { points: line(base), colour: 2, dash: "5 3" },
            has && { points: line(ours), colour: 3, dash: "2 2", dots: 2 },
          ],
          height: 240,
        }),
        legend(
          [1, "", say("lo que vino", "what came")],
          [2, "5 3", say("persistencia", "persistence")],
          ...(has ? [[3, "2 2", name]] : []),
        ),
      ],
      head: [
        "$q$",
        say("lo que vino", "what came"),
        name,
        say("la persistencia", "persistence"),
      ],
      rows: truth.map((v, t) => [
        String(t + 1),
        n(v),
        has ? n(ours[t]) : "—",
        n(base[t]),
      ]),
    }
  }

  const models = Object.entries(NAMES).map(([key, words]) => [key, ...words])
  rnn.define("forecast", {
    title: ["¿Mejor que el último valor?", "Better than the last value?"],
    controls: {
      series: {
        label: ["serie", "series"],
        value: "market",
        options: [
          ["market", "mercado: Apple", "market: Apple"],
          ["temperature", "temperatura del mar", "sea temperature"],
          ["argentina", "población: Argentina", "population: Argentina"],
          ["japan", "población: Japón", "population: Japan"],
          ["nigeria", "población: Nigeria", "population: Nigeria"],
          ["walk", "caminata aleatoria", "random walk"],
          ["vowel", "vocal", "vowel"],
        ],
      },
      model: { label: ["modelo", "model"], value: "GRU", options: models },
      how: {
        label: ["cómo pronostica", "how it forecasts"],
        value: "once",
        options: [
          ["once", "de una vez", "at once"],
          ["fed", "paso a paso, lee lo que dijo", "fed with what it said"],
          [
            "next",
            "a un paso, lee lo que vino",
            "one step, fed with what came",
          ],
        ],
      },
      horizon: {
        label: ["horizonte $Q$", "horizon $Q$"],
        min: 1,
        max: ({ series }) => SERIES[series][0],
        value: 20,
      },
      cut: {
        label: ["corte", "cut"],
        max: ({ series }) => SERIES[series][1],
        value: 12,
        shown: (v) => String(v + 1),
      },
    },
    presets: [
      [
        ["A un paso parece perfecto", "One step looks perfect"],
        { how: "next" },
      ],
      [
        ["El mar, solo", "The sea, on its own"],
        { series: "temperature", how: "fed", horizon: 24 },
      ],
    ],
    view,
  })
}
