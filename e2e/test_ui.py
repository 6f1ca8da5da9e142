"""What the pages share in web/ui/, without a page around it."""

import pytest

from e2e.python_page import BOOT_TIMEOUT

#: A function of which the newest call counts, while something calls it far more often than it ends.
OFTEN = """async () => {
  const { latest } = await import("/ui/latest.js");
  const soon = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const seen = [];
  const call = latest(async (what) => {
    seen.push(what);
    await soon(10);
    if (what === "bad") throw new Error(what);
    return what;
  });
  let busy = true;
  const asked = call("asked");
  await soon(1);
  const often = (async () => {
    while (busy) {
      call("again");
      await soon(1);
    }
  })();
  const answers = [await Promise.race([asked, soon(2000).then(() => "never")])];
  busy = false;
  await often;
  answers.push(await Promise.all([call("dropped"), call("newest")]));
  answers.push(await call("bad").catch((error) => error.message), await call("good"));
  return [answers, seen.filter((what) => what !== "again")];
}"""


def test_a_call_ends_with_its_answer_however_many_come_meanwhile(page, server):
    page.goto(f"{server.url}/e2e/blank.html")
    answers, seen = page.evaluate(OFTEN)
    assert answers == ["asked", ["newest", "newest"], "bad", "good"]
    assert seen == ["asked", "newest", "bad", "good"]


#: What becomes of work that is under way while another task is chosen, and of the next.
WORK = """async (fails) => {
  document.body.innerHTML = `<form id="settings"><input name="task"></form>
    <button data-task="a">A</button><button data-task="b">B</button>`;
  const { connectTasks } = await import(`/ui/tasks.js?${fails}`);
  const choice = connectTasks({ a: {}, b: {} }, () => {});
  choice.onchange = () => {};
  const under = Promise.withResolvers();
  const told = choice.use(() => under.promise).catch(() => "failed");
  const seen = [];
  choice.unused.then(() => seen.push("unused"));
  document.querySelector("[data-task=b]").click();
  await new Promise((resolve) => setTimeout(resolve, 20));
  seen.push("chosen");
  if (fails) under.reject(new Error("disposed"));
  else under.resolve("old");
  seen.push((await told) ?? "nothing");
  await choice.unused;
  seen.push(await choice.use(async () => "new"));
  seen.push(await choice.use(async () => { throw new Error("bad") }).catch((e) => e.message));
  return seen;
}"""


@pytest.mark.parametrize("fails", [False, True])
def test_work_for_a_task_before_ends_unseen(page, server, fails):
    page.goto(f"{server.url}/e2e/blank.html")
    seen = page.evaluate(WORK, fails)
    assert seen[0] == "chosen"
    assert sorted(seen[1:3]) == ["nothing", "unused"]
    assert seen[3:] == ["new", "bad"]


#: The parts of a page that model.js needs.
MODEL_PARTS = """() => {
  const shown = ['failed-url', 'failed-reason'].map((id) => `<p id="${id}"></p>`).join('');
  document.body.innerHTML = `<form id="settings"><input name="task"><input id="model"></form>
    <button data-task="a">A</button><button data-task="b">B</button>
    <section id="runtime"></section>
    <section id="model-error" hidden>${shown}
      <form id="retry"><input id="other-url"><button>Load</button></form></section>`;
}"""
#: What is loaded, and told to be ready, when another task is chosen meanwhile; an address that is
#: none. The page's Python is a stand-in, whose loading ends when it is told to.
LOADING = """async () => {
  const { connectTasks } = await import("/ui/tasks.js?loading");
  const { startWithModel } = await import("/ui/model.js");
  const seen = [], loads = [];
  const python = { call: async (name, ...args) => {
    seen.push([name, ...args.filter(Boolean)].join(" "));
    if (name === "load") await new Promise((resolve) => loads.push(resolve));
  } };
  const runtime = {
    began: 0,
    steps: document.createElement("ul"),
    start: async () => python,
    step: async (name, work) => work(),
    ready: () => seen.push("ready"),
  };
  const soon = () => new Promise((resolve) => setTimeout(resolve, 20));
  const tasks = connectTasks({ a: { name: "A" }, b: { name: "B" } }, () => {});
  startWithModel(runtime, "x.py", tasks, { loaded: () => seen.push("loaded") });
  await soon();
  const first = runtime.began;
  document.querySelector("[data-task=b]").click();
  loads[0]();
  await soon();
  loads[1]();
  await soon();
  document.querySelector("#other-url").value = "http://";
  document.querySelector("#retry button").click();
  await soon();
  const error = document.querySelector("#model-error");
  const failed = document.querySelector("#failed-url").textContent;
  return [seen, error.hidden, failed, first === 0 && runtime.began > 0];
}"""


def test_a_task_chosen_while_another_loads_and_an_address_that_is_none(page, server):
    page.goto(f"{server.url}/e2e/blank.html")
    page.evaluate(MODEL_PARTS)
    seen, hidden, failed, timed_anew = page.evaluate(LOADING)
    first = ["choose a", "load", "prepare"]
    assert seen == [*first, "choose b", "load", "prepare", "ready", "loaded"]
    assert not hidden
    assert failed == "http://"
    assert timed_anew


#: What a page shows whose Python ends while it loads the model that the address names.
ENDING = """async () => {
  const { Runtime } = await import("/ui/runtime.js");
  const { startWithModel } = await import("/ui/model.js");
  const seen = [];
  const runtime = new Runtime(document.querySelector("#runtime"));
  const doing = { loaded: () => seen.push("loaded"), failed: () => seen.push("failed") };
  await startWithModel(runtime, "/e2e/loader_page.py", "Model", doing);
  const others = !document.querySelector("#model-error").hidden;
  return [seen, others, runtime.element.dataset.state, runtime.element.innerText];
}"""


@pytest.mark.parametrize(
    ("end", "why"), [("break_down", "Python broke down"), ("leave", "Python's worker has ended")]
)
def test_python_that_ends_while_a_model_loads(browser, server, end, why):
    page = browser.new_page(gl_in_workers=True)
    page.goto(f"{server.url}/e2e/blank.html?model={end}")
    page.evaluate(MODEL_PARTS)
    seen, others, state, told = page.evaluate(ENDING, timeout=BOOT_TIMEOUT)
    assert [seen, others, state] == [["failed"], False, "failed"]
    assert "Python has stopped" in told
    assert why in told
    page.evaluate("() => { globalThis.before = true }")
    page.click("#runtime button")
    page.wait_for("() => !globalThis.before && document.readyState === 'complete'")
    page.close()
