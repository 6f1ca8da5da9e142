"""Charts in pages, and the page that trains the digit recognizer, used as a person would."""

import pytest

from e2e.test_pages import ELSEWHERE, SAYS, TEXT, keep_pictures, open_page, wait_until_ready
from tfpy import vis

TRAIN_TIMEOUT = 240

PREPARE = """() => {
  document.querySelector('#chart')?.remove();
  document.body.append(Object.assign(document.createElement('div'), {id: 'chart'}));
}"""
LOAD_VEGA = """async () => {
  for (const name of ['vega', 'vega-lite', 'vega-embed']) {
    const src = `/node_modules/${name}/build/${name}.min.js`;
    const script = Object.assign(document.createElement('script'), {src});
    await new Promise((resolve, reject) => {
      Object.assign(script, {onload: resolve, onerror: reject});
      document.head.append(script);
    });
  }
}"""
POINTS = "() => document.querySelectorAll('#chart .mark-symbol path').length"
ERROR_OF = """
import tfpy
try:
    await tfpy.vis.linechart([1, 2, 3]).show(place)
    found = None
except tfpy.TfpyError as error:
    found = [type(error).__name__, str(error)]
found
"""


@pytest.fixture
def main(python_pages):
    """The page with Python in its main thread, with an empty element."""
    python_page = python_pages["main"]
    python_page.page.evaluate(PREPARE)
    return python_page


def test_what_hinders_a_chart_is_said(main, python_pages):
    kind, text = main.run(ERROR_OF, place="#nowhere")
    assert kind == "ArgumentError"
    assert "'#nowhere'" in text
    if not main.page.evaluate("() => 'vegaEmbed' in globalThis"):
        kind, text = main.run(ERROR_OF, place="#chart")
        assert kind == "BackendError"
        assert "vegaEmbed" in text
    kind, text = python_pages["worker"].run(ERROR_OF, place="#chart")
    assert kind == "BackendError"
    assert "worker" in text


def test_a_chart_is_drawn_and_gets_new_data(main):
    main.page.evaluate(LOAD_VEGA)
    main.run("""
import tfpy
chart = tfpy.vis.linechart([3, 1, 2])
tfpy.shown = chart
await chart.show("#chart")
""")
    assert main.page.evaluate(POINTS) == 3
    mark = "() => { document.querySelector('#chart svg').id = 'the-same' }"
    main.page.evaluate(mark)
    main.run("import tfpy\nawait tfpy.shown.update(tfpy.vis.linechart([3, 1, 2, 5, 4]))")
    assert main.page.evaluate(POINTS) == 5
    assert main.page.evaluate("() => document.querySelector('#chart svg').id") == "the-same"
    main.run("import tfpy\nawait tfpy.shown.update(tfpy.vis.scatterplot([1, 2]))")
    assert main.page.evaluate(POINTS) == 2
    assert main.page.evaluate("() => document.querySelector('#chart svg').id") == ""


def test_training_is_drawn_live(main):
    main.page.evaluate(LOAD_VEGA)
    count = """() => {
      globalThis.drawn = [];
      const points = () => document.querySelectorAll('#chart .mark-symbol path').length;
      new MutationObserver(() => drawn.push(points()))
        .observe(document.querySelector('#chart'), {childList: true, subtree: true});
    }"""
    main.page.evaluate(count)
    main.run("""
import tfpy
model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
model.compile("sgd", "mse")
x = tfpy.linspace(-1, 1, 32).reshape((-1, 1))
live = tfpy.vis.fit_callbacks("#chart", ["loss"])
await model.fit_async(x, x * 2, epochs=4, verbose=0, callbacks=live)
None
""")
    main.page.wait_for("() => drawn.at(-1) === 4")
    drawn = main.page.evaluate("() => drawn")
    assert {1, 2, 3, 4} <= set(drawn)


def test_a_bar_tells_how_far_training_is(main):
    main.page.evaluate("""() => {
      globalThis.seen = [];
      const tell = () => seen.push(document.querySelector('#chart progress')?.value);
      new MutationObserver(tell).observe(document.querySelector('#chart'), {childList: true});
    }""")
    main.run("""
import tfpy
model = tfpy.Sequential([tfpy.layers.Input((1,)), tfpy.layers.Dense(1)])
model.compile("sgd", "mse")
x = tfpy.linspace(-1, 1, 32).reshape((-1, 1))
bar = tfpy.vis.progress_bar("#chart")
await model.fit_async(x, x * 2, epochs=4, verbose=0, callbacks=bar)
None
""")
    main.page.wait_for("() => seen.at(-1) === 1")
    seen = main.page.evaluate("() => seen")
    assert seen == sorted(seen)
    assert {0.25, 0.5, 0.75, 1} <= set(seen)
    text = main.page.evaluate(TEXT, "#chart")
    assert text.strip().startswith("Epoch 4/4, 1/1 - loss: ")


def test_tables_are_html(main):
    main.run("""
import tfpy
await tfpy.vis.table([["<b>", 1]], headers=["name", "n"]).show("#chart")
""")
    cells = "() => Array.from(document.querySelectorAll('#chart td'), (cell) => cell.textContent)"
    assert main.page.evaluate(cells) == ["<b>", "1"]


DRAW = """async (spec, width) => {
  const {drawChart} = await import('/ui/charts.js');
  const element = document.querySelector('#chart');
  element.style.width = `${width}px`;
  await drawChart(element, spec);
  const {width: drawn, height} = element.querySelector('svg').getBoundingClientRect();
  return [drawn, height];
}"""


def test_charts_beside_each_other_fit_their_element(main):
    """What a worker sends to its page: side by side where there is room, else in one column."""
    spec = vis.history({"loss": [2.0, 1.0], "accuracy": [0.5, 0.9], "val_loss": [2.0, 1.5]}).spec
    wide = main.page.evaluate(DRAW, spec, 900)
    narrow = main.page.evaluate(DRAW, spec, 360)
    assert 700 < wide[0] <= 900
    assert narrow[0] <= 360
    assert narrow[1] > 1.5 * wide[1]
    single = vis.barchart({"a": 1}).spec
    assert main.page.evaluate(DRAW, single, 500)[0] == pytest.approx(500, abs=2)


# --------------------------------------------------------------------------------- training page


@pytest.fixture(scope="module")
def training(browser, server):
    """The page, ready to train; in WebKitGTK without WebGL in workers, as it comes."""
    page = open_page(browser, f"{server.url}/training/", gl_in_workers=browser.name != "webkit")
    wait_until_ready(page)
    page.wait_for("() => !document.querySelector('#start').disabled")
    yield page
    page.close()


START_IS_OFF = "document.querySelector('#start').disabled"
DRAWN = "(selector) => document.querySelector(selector).querySelectorAll('svg').length"


def choose(page, epochs, rate="0.003"):
    """Fill in the form and start."""
    fill = """(epochs, rate) => {
      const {elements} = document.querySelector('#options');
      elements.epochs.value = epochs;
      elements.rate.value = rate;
    }"""
    page.evaluate(fill, epochs, rate)
    page.click("#start")


def held_back_accuracy(page):
    return float(page.evaluate("() => document.querySelector('#misread').dataset.accuracy"))


def test_a_recognizer_is_trained(training, browser):
    """For a while: test_training.py shows how good it becomes."""
    ticks = "() => { globalThis.ticks = 0; setInterval(() => ticks++, 20) }"
    training.evaluate(ticks)
    choose(training, epochs=2)
    training.wait_for(SAYS, "#status", "Trained after", timeout=TRAIN_TIMEOUT)
    assert training.evaluate("() => document.querySelector('#failure').hidden")
    assert held_back_accuracy(training) > 0.8
    for chart in ("#loss", "#accuracy", "#matrix"):
        assert (
            training.evaluate("(id) => document.querySelectorAll(id + ' svg').length", chart) == 1
        )
    wrong = training.evaluate("() => document.querySelectorAll('#misread li').length")
    told = int(training.evaluate(TEXT, "#wrong").split()[0])
    assert told == round(360 * (1 - held_back_accuracy(training)))
    assert wrong == min(told, 24)
    assert training.evaluate("() => ticks") > 50  # the page lived
    assert training.evaluate(ELSEWHERE) == []


def test_the_recognizer_reads_a_drawing(training, browser):
    training.click("#example")
    training.wait_for(SAYS, "#sentence", "This is a")
    keep_pictures(training, browser, "training")


def test_a_recognizer_is_kept_and_loaded(training, browser, server):
    accuracy = held_back_accuracy(training)
    training.click("#keep")
    training.wait_for(SAYS, "#kept", "Kept")
    training.evaluate("() => { document.querySelector('#misread').dataset.accuracy = 0 }")
    # No training begins until it is there.
    restore = "() => { document.querySelector('#restore').click(); return " + START_IS_OFF + " }"
    assert training.evaluate(restore)
    training.wait_for(SAYS, "#kept", "Loaded")
    assert not training.evaluate("() => " + START_IS_OFF)
    assert held_back_accuracy(training) == pytest.approx(accuracy, abs=1e-6)


# What would go to the user's downloads is kept, and then chosen as files.
DOWNLOAD = """() => {
  const offered = [];
  globalThis.offered = offered;
  const click = HTMLAnchorElement.prototype.click;
  HTMLAnchorElement.prototype.click = function () {
    if (!this.download) return click.call(this);
    offered.push(fetch(this.href).then((response) => response.blob())
      .then((blob) => new File([blob], this.download)));
  };
}"""
CHOOSE = """async () => {
  const transfer = new DataTransfer();
  for (const file of await Promise.all(offered)) transfer.items.add(file);
  const input = document.querySelector('#files');
  input.files = transfer.files;
  input.dispatchEvent(new Event('change'));
}"""


def test_a_recognizer_is_downloaded_and_loaded(training):
    accuracy = held_back_accuracy(training)
    training.evaluate(DOWNLOAD)
    training.click("#download")
    training.wait_for(SAYS, "#kept", "Downloaded model.json and")
    training.evaluate("() => { document.querySelector('#misread').dataset.accuracy = 0 }")
    training.evaluate(CHOOSE)
    training.wait_for(SAYS, "#kept", "Loaded")
    assert held_back_accuracy(training) == pytest.approx(accuracy, abs=1e-6)


def test_files_that_are_no_recognizer_are_refused(training):
    training.evaluate("""() => {
      globalThis.offered = [new File(['{}'], 'model.json')];
    }""")
    training.evaluate(CHOOSE)
    training.wait_for("() => !document.querySelector('#failure').hidden")
    assert "model.json" in training.evaluate(TEXT, "#failure")
    assert "Traceback" not in training.evaluate(TEXT, "#failure")
    assert not training.evaluate("() => document.querySelector('#start').disabled")


def test_training_can_be_paused_and_stopped(training):
    choose(training, epochs=200)
    training.wait_for(SAYS, "#status", "batch")
    training.click("#pause")
    training.wait_for(SAYS, "#status", "Paused")
    done = "() => document.querySelector('#progress').value"
    before = training.evaluate(done)
    training.evaluate("() => new Promise((resolve) => setTimeout(resolve, 2000))")
    assert training.evaluate(done) == before
    training.click("#pause")
    training.wait_for(f"(before) => ({done})() > before", before)
    # A drawing is read meanwhile.
    training.click("#clear")
    training.wait_for(SAYS, "#sentence", "Draw a digit")
    training.click("#example")
    training.wait_for(SAYS, "#sentence", "This is a")
    training.click("#stop")
    training.wait_for(SAYS, "#status", "Stopped after")
    assert training.evaluate(done) < 0.5
    assert not training.evaluate("() => document.querySelector('#start').disabled")
