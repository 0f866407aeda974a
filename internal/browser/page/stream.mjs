// Follows conversations on a Rocketline from a page. Copy this file; it needs nothing else.
//
// A stream ends for many reasons: the service restarts, the network goes, a proxy forgets it, the laptop sleeps. follow() goes on where
// it broke until the service says that there is nothing more to follow, or stop() is called. What it hands to onEvent is complete: each
// event at least once, in order within a room, and `reset` where what is known of a room has to be dropped, or of all of them `goodbye`
// with the advice to start over.

const SHORTEST_WAIT = 1_000 // milliseconds, before the second attempt
const LONGEST_WAIT = 30_000
const LASTING = 10_000 // a stream that was whole and open for so long was no failure

/**
 * @param {object} options
 * @param {string} options.service - where Rocketline is: "https://livechat.example.org"
 * @param {() => string} options.token - the visitor's token; asked for each connection anew
 * @param {string[]} [options.rooms] - the ids of the rooms to follow; none for the one that is open
 * @param {number} [options.heartbeat] - after how many seconds of silence the service says that it is there, 5 to 60
 * @param {(event: object) => void} options.onEvent - takes each event, a SubscribeResponse as JSON
 * @param {(state: string) => void} [options.onState] - is told "connecting", "open", "waiting", "silent", and last "ended" or "refused"
 * @returns {{ stop: () => void }}
 */
export function follow({ service, token, rooms = [], heartbeat = 15, onEvent, onState = () => {} }) {
  const query = new URLSearchParams({ heartbeatInterval: `${heartbeat}s` })
  pin(rooms)
  const longestSilence = 2 * heartbeat * 1_000

  let cursor = '' // the id of the last event that onEvent has taken
  let failures = 0 // attempts in a row of which no stream came that lasted
  let over = false
  let connection = null // an AbortController while there is one, or an attempt at one
  let heard = 0 // when something last came over it, by the clock that goes on while a machine sleeps
  let watch // the timer that looks for silence
  let goOn = () => {} // ends the wait for the next attempt

  // connect follows until the stream ends, and returns for how long to wait before the next one. It sets over if there is none.
  async function connect() {
    connection = new AbortController()
    alive()
    onState('connecting')
    let opened = 0
    let whole = false
    let last = null
    try {
      const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${token()}` }
      if (cursor) headers['Last-Event-ID'] = cursor
      const response = await fetch(`${service}/v1/events?${query}`, { headers, signal: connection.signal, cache: 'no-store' })
      if (!response.ok) return await refused(response)
      onState('open')
      opened = Date.now()
      for await (const { id, data } of parse(response.body, alive)) {
        const event = JSON.parse(data)
        tell(event)
        if (event.subscribed) pin(event.subscribed.roomIds) // the one that was open may be closed meanwhile, and its end untold
        if (id) cursor = id
        if (event.caughtUp) whole = true
        last = event.goodbye
        if (last || over) break // over: onEvent has called stop()
      }
    } catch {
      // The connection broke, or look() gave it up. There is one cure for both.
    } finally {
      clearTimeout(watch)
      connection.abort()
      connection = null
    }
    if (whole && Date.now() - opened >= LASTING) failures = 0
    return last ? goodbye(last) : backOff()
  }

  function pin(roomIds) {
    query.delete('roomIds')
    for (const room of roomIds) query.append('roomIds', room)
  }

  function tell(event) {
    try {
      onEvent(event)
    } catch (fault) {
      reportError(fault) // told again, the event would fail again
    }
  }

  function goodbye({ advice, retryAfter }) {
    switch (advice) {
      case 'GOODBYE_ADVICE_DO_NOT_RETRY':
        over = true
        onState('ended')
        return 0
      case 'GOODBYE_ADVICE_START_OVER':
        cursor = ''
        return soon()
      case 'GOODBYE_ADVICE_RESUME_NOW':
        return soon()
      case 'GOODBYE_ADVICE_RESUME_AFTER':
        return Math.max(1_000 * parseFloat(retryAfter) || 0, soon())
    }
    return backOff()
  }

  async function refused(response) {
    const { status, headers } = response
    if (status === 400 && cursor && (await blamesCursor(response))) {
      // Another service may have taken this one's place. Nobody can tell what is missing.
      cursor = ''
      tell({ goodbye: { advice: 'GOODBYE_ADVICE_START_OVER' } })
      return soon()
    }
    if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) {
      over = true // another attempt would be refused too
      onState('refused')
      return 0
    }
    return Math.max(1_000 * (Number(headers.get('Retry-After')) || 0), backOff())
  }

  // soon is at once, but not again before a stream has lasted.
  function soon() {
    if (failures) return backOff()
    failures++
    return 0
  }

  // backOff doubles with every failure, and is random, so that the pages of a service that restarts do not come back as one.
  function backOff() {
    const most = Math.min(SHORTEST_WAIT * 2 ** failures, LONGEST_WAIT)
    failures++
    return most * (0.5 + Math.random() / 2)
  }

  // alive notes that something came, and looks again when nothing more has come for too long.
  function alive() {
    heard = Date.now()
    clearTimeout(watch)
    watch = setTimeout(look, longestSilence)
  }

  // look goes on with what should not wait any longer. A connection can be dead without anybody having said so.
  function look() {
    if (!connection) return goOn()
    heard = Math.min(heard, Date.now()) // clocks are set back
    const left = heard + longestSilence - Date.now()
    if (left > 0) {
      clearTimeout(watch) // it may be what called: timers and this clock do not agree to the millisecond
      watch = setTimeout(look, left)
      return
    }
    onState('silent')
    connection.abort()
  }

  // A page that comes back, to the network or to the front, does not wait: its timers may have been held up with it. What came for one
  // that was frozen may never reach it, so its connection is given up.
  const comesBack = {
    online: look,
    pageshow: look,
    visibilitychange: () => document.visibilityState === 'visible' && look(),
    resume: () => connection?.abort(),
  }
  for (const [name, act] of Object.entries(comesBack)) addEventListener(name, act, true)

  async function run() {
    while (!over) {
      const wait = await connect()
      if (over) break
      onState('waiting')
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, wait)
        goOn = () => (clearTimeout(timer), resolve())
      })
    }
    for (const [name, act] of Object.entries(comesBack)) removeEventListener(name, act, true)
  }
  run()

  return {
    stop() {
      over = true
      connection?.abort()
      goOn()
    },
  }
}

// blamesCursor tells whether an error says that the cursor is none.
async function blamesCursor(response) {
  const { details } = await response.json().catch(() => ({})) // a proxy has other words
  return !!details?.some(({ fieldViolations }) => fieldViolations?.some(({ field }) => field === 'last-event-id'))
}

// parse reads server-sent events. Rocketline ends lines with \n only. An event that was cut off is none.
async function* parse(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; ; ) {
    const { value, done } = await reader.read()
    if (done) return
    alive()
    text += value
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      let id = ''
      let data = ''
      for (const line of text.slice(0, end).split('\n')) {
        if (line.startsWith('id: ')) id = line.slice(4)
        if (line.startsWith('data: ')) data = line.slice(6)
      }
      if (data) yield { id, data }
    }
  }
}
