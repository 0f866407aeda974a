// Drives Chromium for the test: a line of JSON in, {do, ...}, a line of JSON out, {value} or {error}.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
const chromiumProcess = spawn(process.env.CHROMIUM, [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-port=0', `--user-data-dir=${profile}`,
  '--ignore-certificate-errors', // the test's certificate is its own
  'about:blank',
])
const address = await new Promise((resolve, reject) => {
  let text = ''
  chromiumProcess.stderr.on('data', (some) => {
    text += some
    const found = text.match(/DevTools listening on (ws:\S+)/)
    if (found) resolve(found[1])
  })
  chromiumProcess.on('exit', () => reject(new Error(text)))
})
// Launched by Playwright itself, every page would believe that it is in front.
const browser = await chromium.connectOverCDP(address, { noDefaults: true })
const context = browser.contexts()[0]
context.setDefaultTimeout(60_000)
const page = await context.newPage()
const devtools = await context.newCDPSession(page)
let other

// holds waits until a condition holds in the page.
const holds = (condition, argument) => page.waitForFunction(condition, argument, { polling: 100 }).then(() => null)

const acts = {
  async open({ url, ...conversation }) {
    await page.goto(url)
    await page.evaluate((c) => window.start(c), conversation)
  },
  offline: ({ on }) => context.setOffline(on),
  // A tab that was in the background for a while is frozen: no timer fires, nothing is read.
  async hide() {
    other = await context.newPage()
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    return page.evaluate(() => document.visibilityState)
  },
  async show() {
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await page.bringToFront()
    await other.close()
  },
  seen: () => page.evaluate(() => window.seen),
  messages: () =>
    page.evaluate(() => [...document.querySelectorAll('#messages li')].map(({ id, textContent }) => ({ id, text: textContent }))),
  shows: ({ text }) =>
    holds((t) => [...document.querySelectorAll('#messages li')].some((item) => item.textContent === t), text),
  counts: ({ messages }) => holds((n) => document.querySelectorAll('#messages li').length === n, messages),
  was: ({ state, times }) => holds(([s, n]) => window.seen.states.filter((each) => each === s).length >= n, [state, times]),
  screenshot: async ({ path }) => void (await page.screenshot({ path, fullPage: true })),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: act, ...options } = JSON.parse(line)
  try {
    console.log(JSON.stringify({ value: (await acts[act](options)) ?? null }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error) }))
  }
}
const exit = new Promise((resolve) => chromiumProcess.on('exit', resolve))
await (await browser.newBrowserCDPSession()).send('Browser.close')
await exit
await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }) // its last processes may still write
