"""The pages of pretrained models: what is found on photos and in texts, and what goes wrong."""

import json

import numpy as np
import pytest

from e2e.conftest import serve
from e2e.test_pages import (
    BARS,
    CANVAS_AS_CAMERA,
    PREDICT_TIMEOUT,
    SAYS,
    TEXT,
    VISIBLE,
    keep_pictures,
    open_page,
    wait_until_ready,
)
from tests import word_models
from tests.test_applications_coco_ssd import detector
from tfpy.applications import QnA

MODELS = {
    "pose": "/models/posenet_050_s16_uint16/model.json",
    "people": "/models/bodypix_050_s16_uint8/model.json",
    "face": "/models/facemesh/model.json",
}
BLAZE_FACE = "/models/blazeface/model.json"
FOUND = {"pose": "a body, ", "people": "people", "face": "a face, "}
ANSWERS = "() => Number(document.querySelector('#rate').dataset.answers ?? 0)"
#: Where the drawing over the photo has any colour: left, top, right and bottom, in shares.
DRAWN = """() => {
  const canvas = document.querySelector('#drawn');
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const xs = [], ys = [];
  for (let i = 3; i < data.length; i += 4) {
    if (data[i] < 64) continue;
    xs.push(((i >> 2) % width) / width);
    ys.push(Math.floor((i >> 2) / width) / height);
  }
  const least = (v) => v.reduce((a, b) => Math.min(a, b), 1);
  const most = (v) => v.reduce((a, b) => Math.max(a, b), 0);
  return [least(xs), least(ys), most(xs), most(ys)];
}"""


NAME_MODEL = "(url) => { document.querySelector('#other-url').value = url }"


def choose(page, task, url):
    """Choose another task, whose usual model cannot be reached from here, and name one that can.
    Returns which address was said to fail."""
    page.click(f"[data-task={task}]")
    page.wait_for(VISIBLE, "#model-error", timeout=PREDICT_TIMEOUT)
    failed = page.evaluate(TEXT, "#failed-url")
    page.evaluate(NAME_MODEL, url)
    page.click("#retry button")
    page.wait_for(f"() => !({VISIBLE})('#model-error')")
    return failed


def wait_for_answers(page, number):
    """Wait until it has looked at that many pictures, or says what is wrong."""
    wrong = f"['#photo-error', '#model-error'].some({VISIBLE})"
    # Without a graphics card shaders are compiled by the process that draws the camera's pictures.
    timeout = 3 * PREDICT_TIMEOUT
    page.wait_for(f"() => ({ANSWERS})() >= {number} || {wrong}", timeout=timeout)
    assert not page.evaluate(f"() => {wrong}"), page.evaluate(TEXT, "main")


def write(folder, files):
    """A model's files into a new folder."""
    folder.mkdir()
    for name, content in files.items():
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (folder / name).write_bytes(data)


#: Top, left, bottom and right of the person that the stand-in for an SSD finds on every picture.
BOX = [0.15, 0.3, 0.6, 0.9]


@pytest.fixture(scope="module")
def vision(browser, models_dir, tmp_path_factory):
    """The page with the first task; the tests below go on from where those above left it."""
    folder = tmp_path_factory.mktemp("things")
    write(folder / "ssd", detector([BOX], 0.9 * np.eye(1, 90)))
    write(folder / "hands", detector([BOX], 0.9 * np.eye(1, 7)))
    with serve(things=folder) as running:
        query = f"task=pose&model={MODELS['pose']}&detector={BLAZE_FACE}"
        page = open_page(browser, f"{running.url}/vision/?{query}")
        wait_until_ready(page)
        yield page
        page.close()


def test_a_pose_is_drawn_over_the_photo(vision, browser):
    wait_for_answers(vision, 1)
    assert vision.evaluate(TEXT, "#list").startswith(FOUND["pose"])
    left, top, right, bottom = vision.evaluate(DRAWN)
    # The astronaut's eyes and ears are above, her arms to the left of the rocket.
    assert 0.1 < left < 0.4
    assert 0.1 < top < 0.3
    assert 0.5 < right < 0.9
    assert bottom > 0.6
    stages = vision.evaluate(TEXT, "#stages")
    assert all(name in stages for name in ("network", "waiting for the device", "drawing"))
    keep_pictures(vision, browser, "vision-pose")


def test_the_page_stays_alive_while_it_looks_at_the_camera(vision):
    before = vision.evaluate(ANSWERS)
    vision.evaluate(CANVAS_AS_CAMERA)
    vision.evaluate("""() => {
      globalThis.ticks = 0;
      globalThis.ticking = setInterval(() => ticks++, 10);
    }""")
    vision.click("#camera")
    wait_for_answers(vision, before + 4)
    assert "pictures per second" in vision.evaluate(TEXT, "#rate")
    assert vision.evaluate("() => ticks") > 10
    vision.click("#camera")
    assert not vision.evaluate(VISIBLE, "#photo-error"), vision.evaluate(TEXT, "#photo-error")


@pytest.mark.parametrize(("task", "usual"), [("face", "face_mesh"), ("people", "bodypix")])
def test_other_things_are_found(vision, browser, task, usual):
    vision.click("[data-sample=astronaut]")
    assert usual in choose(vision, task, MODELS[task])
    vision.wait_for(SAYS, "#list", FOUND[task], timeout=PREDICT_TIMEOUT)
    left, top, right, bottom = vision.evaluate(DRAWN)
    if task == "face":  # hers is above the middle
        assert 0.3 < left < right < 0.7
        assert top < bottom < 0.5
    else:  # she fills the picture from its middle down
        assert top < 0.3
        assert bottom > 0.9
    keep_pictures(vision, browser, f"vision-{task}")


def test_what_does_not_fit_is_told(vision):
    """A detector with other labels; then one that fits."""
    choose(vision, "objects", "/things/hands/model.json")
    vision.wait_for(VISIBLE, "#photo-error", timeout=PREDICT_TIMEOUT)
    assert "name its labels" in vision.evaluate(TEXT, "#photo-error")
    choose(vision, "people", MODELS["people"])
    vision.wait_for(SAYS, "#list", "people", timeout=PREDICT_TIMEOUT)
    assert not vision.evaluate(VISIBLE, "#photo-error")


def test_objects_are_found(vision, browser):
    choose(vision, "objects", "/things/ssd/model.json")
    vision.wait_for(SAYS, "#list", "person, 90%", timeout=PREDICT_TIMEOUT)
    left, top, right, bottom = vision.evaluate(DRAWN)
    assert [left, bottom, right] == pytest.approx([BOX[1], BOX[2], BOX[3]], abs=0.03)
    assert top < BOX[0] + 0.03  # the name is above
    keep_pictures(vision, browser, "vision-objects")


def test_another_task_is_chosen_while_the_camera_runs(vision):
    """What is under way for the one before is neither shown nor broken off."""
    vision.evaluate(CANVAS_AS_CAMERA)
    vision.click("#camera")
    vision.wait_for(SAYS, "#rate", "pictures per second", timeout=PREDICT_TIMEOUT)
    choose(vision, "pose", MODELS["pose"])
    before = vision.evaluate(ANSWERS)
    wait_for_answers(vision, before + 2)
    vision.click("#camera")


#: A camera that is not allowed before `allow` is called.
CAMERA_TO_ALLOW = """() => {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  setInterval(() => context.fillRect(0, 0, 9, 9), 50);
  globalThis.streams = [];
  const allowed = new Promise((resolve) => (globalThis.allow = resolve));
  const getUserMedia = async () => {
    await allowed;
    streams.push(canvas.captureStream(20));
    return streams.at(-1);
  };
  Object.defineProperty(navigator, 'mediaDevices', {value: {getUserMedia}, configurable: true});
}"""
#: How many are on, of how many.
ON = "() => [streams.filter(({active}) => active).length, streams.length]"


def test_the_camera_is_asked_for_once_and_is_off_when_it_says_so(vision):
    vision.evaluate(CAMERA_TO_ALLOW)
    vision.click("#camera")
    vision.click("#camera")
    vision.evaluate("() => allow()")
    vision.wait_for(SAYS, "#camera", "Stop camera")
    assert vision.evaluate(ON) == [1, 1]
    vision.click("#camera")
    vision.wait_for(SAYS, "#camera", "Start camera")
    assert vision.evaluate(ON) == [0, 1]


def test_a_photo_chosen_before_the_camera_is_allowed_stays(vision):
    vision.evaluate(CAMERA_TO_ALLOW)
    vision.click("#camera")
    vision.click("[data-sample=astronaut]")
    vision.wait_for(
        "() => document.querySelector('[data-sample=astronaut]').ariaPressed === 'true'"
    )
    vision.evaluate("() => allow()")
    vision.wait_for("() => streams.length === 1 && !streams[0].active")
    assert vision.evaluate(VISIBLE, "#photo")
    assert "Start camera" in vision.evaluate(TEXT, "#camera")
    assert not vision.evaluate(VISIBLE, "#photo-error"), vision.evaluate(TEXT, "#photo-error")


# ------------------------------------------------------------------------------------- text page


@pytest.fixture(scope="module")
def texts(browser, tmp_path_factory):
    """A server with stand-ins for the two models of texts, whose weights are made up."""
    folder = tmp_path_factory.mktemp("words")
    files = {
        "toxicity": word_models.toxicity_files(),
        "qna": word_models.qna_files(np.random.default_rng(0)),
    }
    for name, contents in files.items():
        write(folder / name, contents)
    with serve(words=folder) as running:
        yield running


ASK = """(text, question) => {
  document.querySelector('#text').value = text;
  document.querySelector('#question').value = question;
}"""


@pytest.fixture(scope="module")
def text(browser, texts):
    """The page with the first task."""
    page = open_page(browser, f"{texts.url}/text/?model=/words/toxicity/model.json")
    wait_until_ready(page)
    yield page
    page.close()


def test_comments_are_judged(text, browser):
    text.click("#ask")
    text.wait_for("() => document.querySelectorAll('#bars li').length > 0")
    bars = text.evaluate(BARS)
    assert [bar["name"] for bar in bars] == ["identity attack", "insult", "obscene", "threat"]
    assert "Judged in" in text.evaluate(TEXT, "#timing")
    keep_pictures(text, browser, "text-toxicity")


def test_questions_are_answered(text, browser):
    assert "mobilebert" in choose(text, "questions", "/words/qna/model.json")
    text.wait_for("() => !document.querySelector('#ask').disabled", timeout=PREDICT_TIMEOUT)
    draw = np.random.default_rng(0)
    files = word_models.qna_files(draw)
    passage, question = word_models.passage_text(draw, 500), "A b, c!"
    answers = QnA.load_sync(files).answer_sync(question, passage)
    text.evaluate(ASK, passage, question)
    text.click("#ask")
    text.wait_for(SAYS, "#timing", f"{len(answers)} answers in")
    assert text.evaluate(TEXT, "#marked mark") == text.evaluate(TEXT, "#sentence") != ""
    keep_pictures(text, browser, "text-questions")
    text.evaluate(ASK, "x", question)
    text.click("#ask")
    text.wait_for(SAYS, "#sentence", "The text does not say")
    assert not text.evaluate(VISIBLE, "#marked")
