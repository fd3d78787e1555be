// What must not happen in a browser: requests to elsewhere, errors on the console (breaches of the
// policy are told there), failing answers, and pages that people cannot use.
import assert from "node:assert/strict";

export function watch(context, origin) {
  const complaints = [];
  // Statuses the walk provokes on purpose: a form that is refused, a page that is not there.
  const expected = new Set();
  // The console tells of them later than the answer came.
  const provoked = new Set();
  context.on("request", (request) => {
    const url = request.url();
    const isOurs = url.startsWith(`${origin}/`) || url.startsWith("data:") || url.startsWith("blob:");
    if (!isOurs) complaints.push(`request to ${url}`);
  });
  context.on("response", (response) => {
    const status = response.status();
    if (status >= 400 && !expected.has(status)) complaints.push(`${status} from ${response.url()}`);
  });
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" && !/content security policy/i.test(text)) return;
    const isStatus = /status of (\d+)/.exec(text);
    if (isStatus && provoked.has(Number(isStatus[1]))) return;
    complaints.push(`console: ${text} (${message.location().url})`);
  });
  context.on("weberror", (error) => complaints.push(`script: ${error.error()}`));
  return {
    async provoking(status, act) {
      expected.add(status);
      provoked.add(status);
      await act();
      expected.delete(status);
    },
    none: () => assert.deepEqual(complaints, []),
  };
}

// Every control has a name, there is one heading of the first order, pictures have their words, the
// language is told, and nothing has to be scrolled sideways.
export async function usable(page, lang) {
  const seen = await page.evaluate(() => ({
    lang: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    unnamed: [...document.querySelectorAll("input:not([type=hidden]), select, button, a")]
      .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label")))
      .map((one) => one.outerHTML),
    pictures: [...document.images].filter((one) => !one.hasAttribute("alt")).length,
    ids: [...document.querySelectorAll("[id]")].map((one) => one.id),
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scripts: document.scripts.length,
  }));
  const at = page.url();
  assert.equal(seen.lang, lang, at);
  assert.ok(seen.title, at);
  assert.equal(seen.headings, 1, `${at}: one first heading`);
  assert.deepEqual(seen.unnamed, [], at);
  assert.equal(seen.pictures, 0, at);
  assert.equal(new Set(seen.ids).size, seen.ids.length, `${at}: an id twice in ${seen.ids}`);
  assert.ok(seen.sideways <= 0, `${at}: ${seen.sideways} px too wide`);
  assert.equal(seen.scripts, 0, `${at}: pages have no scripts`);
}
