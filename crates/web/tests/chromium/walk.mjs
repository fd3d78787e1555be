// Walks through the shop as people do, in Chromium: register, order, pay, look after the account,
// leave; with and without scripts, wide and narrow, in English and Russian.
//
//   node walk.mjs path/to/kontor [folder for screenshots]
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { ADMIN, open } from "./shop.mjs";
import { usable, watch } from "./watch.mjs";

const [binary = "target/debug/kontor", folder] = process.argv.slice(2);
const PASSWORD = "three blind mice 7";

const shop = await open(resolve(binary));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-dev-shm-usage"],
});
if (folder) mkdirSync(folder, { recursive: true });

async function visit({ lang, width, javaScriptEnabled }) {
  const name = `${lang}-${width}${javaScriptEnabled ? "" : "-noscript"}`;
  const email = `ann.${name}@example.com`;
  const options = {
    baseURL: shop.url,
    locale: lang,
    javaScriptEnabled,
    viewport: { width, height: 800 },
    reducedMotion: "reduce",
  };
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  const watched = watch(context, shop.url);
  const page = await context.newPage();
  const shown = async (step) => {
    await usable(page, lang);
    if (folder) await page.screenshot({ path: join(folder, `${name}-${step}.png`), fullPage: true });
  };
  const path = () => page.url().slice(shop.url.length);
  const press = (value) => page.locator(`button[name=do][value=${value}]`).first().click();

  // Without a session an account leads to the log-in, and back.
  await page.goto("/account");
  assert.equal(path(), "/login?next=/account");
  await shown("login");
  await watched.provoking(401, async () => {
    await page.fill("#login", email);
    await page.fill("#password", "not the password");
    await page.locator("main button").click();
  });
  await page.locator("[role=alert]").waitFor();
  assert.equal(await page.inputValue("#login"), email);
  assert.equal(await page.inputValue("#password"), "");
  await shown("login-refused");

  await page.goto("/register?next=/account");
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.fill("#first_name", lang === "ru" ? "Анна" : "Ann");
  await shown("register");
  await page.locator("main button").click();
  await page.waitForURL("**/account");
  for (const door of ["/login", "/register"]) {
    await page.goto(door);
    assert.equal(path(), "/");
  }

  // Something is looked for, ordered and paid.
  await shown("home");
  await page.goto("/?q=tea");
  await shown("search");
  await page.goto("/");
  await page.locator(".product:has(.stock.yes) a").first().click();
  await page.locator("form button").last().waitFor();
  await shown("product");
  await page.fill("#quantity", "2");
  await page.locator("article form button").click();
  await page.waitForURL("**/account?done=order*");
  await page.locator("[role=status]").waitFor();
  await shown("account");
  await press("pay");
  await page.locator("main a.button").waitFor();
  await shown("pay");
  await page.locator("main a.button").click();
  await page.locator("button[value=pay]").waitFor();
  await shown("checkout");
  await page.locator("button[value=pay]").click();
  await page.locator(".outcome").waitFor();
  for (let attempt = 0; ; attempt += 1) {
    await page.goto("/account");
    if ((await page.locator(".badge.paid").count()) === 1) break;
    assert.ok(attempt < 100, "the order is paid within ten seconds");
    await new Promise((done) => setTimeout(done, 100));
  }

  await page.goto("/dev/mail");
  await page.locator("article").first().waitFor();
  await shown("mailbox");
  await page.goto("/account");

  // The profile is changed, in vain and then not.
  await watched.provoking(422, async () => {
    await page.fill("#username", "a");
    await press("profile");
  });
  await page.locator("#username[aria-invalid]").waitFor();
  await shown("profile-refused");
  await page.fill("#username", `ann.${name}`);
  await press("profile");
  await page.waitForURL("**/account?done=profile");
  assert.equal(await page.inputValue("#username"), `ann.${name}`);

  // Another device signs in, and is sent away.
  const other = await browser.newContext(options);
  const elsewhere = await other.newPage();
  await elsewhere.goto("/login?next=/account");
  await elsewhere.fill("#login", `ann.${name}`);
  await elsewhere.fill("#password", PASSWORD);
  await elsewhere.locator("main button").click();
  await elsewhere.waitForURL("**/account");
  await page.goto("/account");
  const rows = page.locator("#sessions article");
  assert.equal(await rows.count(), 2);
  await rows.filter({ hasNot: page.locator(".this") }).locator("button").click();
  await page.waitForURL("**/account?done=session*");
  assert.equal(await rows.count(), 1);
  await elsewhere.goto("/account");
  assert.ok(elsewhere.url().endsWith("/login?next=/account"), elsewhere.url());
  await other.close();

  await page.fill("#current_password", PASSWORD);
  await page.fill("#new_password", `${PASSWORD}!`);
  await press("password");
  await page.waitForURL("**/account?done=password");

  // The language is switched, and stays.
  const [there, back] = lang === "ru" ? ["en", "ru"] : ["ru", "en"];
  await page.locator(`footer a[hreflang=${there}]`).click();
  await page.goto("/account");
  await usable(page, there);
  await page.locator(`footer a[hreflang=${back}]`).click();

  await page.locator("header form button").click();
  await page.waitForURL(`${shop.url}/`);
  await page.goto("/account");
  assert.equal(path(), "/login?next=/account");
  assert.ok((await context.cookies()).every((one) => !/access|refresh|csrf/.test(one.name)));

  await watched.provoking(404, () => page.goto("/nothing/here"));
  await shown("not-found");

  // The staff ends sessions.
  await page.goto("/login?next=/admin/sessions");
  await page.fill("#login", ADMIN.login);
  await page.fill("#password", ADMIN.password);
  await page.locator("main button").click();
  await page.waitForURL("**/admin/sessions");
  await page.fill("#who", ADMIN.login);
  await page.locator("main form button").click();
  await page.locator("section article").first().waitFor();
  await shown("admin-sessions");
  await page.goto("/account");
  await press("end_all");
  await page.waitForURL("**/login?done=all");
  await page.locator("[role=status]").waitFor();

  if (javaScriptEnabled && lang === "en") {
    for (const [at, ready] of [
      ["/docs", ".opblock"],
      ["/redoc", "[id*=operation]"],
      ["/api/docs/redoc", "[id*=operation]"],
      ["/scalar", ".section"],
    ]) {
      await page.goto(at);
      await page.locator(ready).first().waitFor();
      await page.waitForLoadState("networkidle");
      if (folder) await page.screenshot({ path: join(folder, `${name}${at.replaceAll("/", "-")}.png`) });
    }
  }
  await context.close();
  watched.none();
  console.log(`${name}: fine`);
}

try {
  for (const javaScriptEnabled of [true, false])
    for (const width of [1280, 360])
      for (const lang of ["en", "ru"]) await visit({ lang, width, javaScriptEnabled });
} finally {
  await browser.close();
  await shop.close();
}
