// What stream.mjs and conversation.mjs do when the service answers as it seldom does. Time and the network are played.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Conversation } from './page/conversation.mjs'
import { follow } from './page/stream.mjs'

const encoder = new TextEncoder()

// play follows a service that answers each attempt with the next of answers: a Response, or a list of events, after which the stream stays
// open unless the last is a goodbye.
async function play(answers, act = async () => {}, options = {}) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  const listeners = new Set()
  globalThis.addEventListener = (name) => listeners.add(name)
  globalThis.removeEventListener = (name) => listeners.delete(name)
  const seen = { attempts: [], events: [], states: [], listeners }
  globalThis.fetch = async (url, { headers, signal }) => {
    signal.throwIfAborted()
    seen.attempts.push({ at: Date.now() - 1_000_000, cursor: headers['Last-Event-ID'], rooms: new URL(url).searchParams.getAll('roomIds') })
    const answer = answers.shift() ?? []
    if (answer instanceof Response) return answer
    return new Response(new ReadableStream({
      start(stream) {
        signal.addEventListener('abort', () => stream.error(signal.reason))
        seen.tell = (event) => stream.enqueue(encoder.encode(`id: ${event.cursor}\ndata: ${JSON.stringify(event)}\n\n`))
        answer.forEach(seen.tell)
      },
    }))
  }
  const { stop } = follow({
    service: 'http://service.example', token: () => 't', ...options,
    onEvent: (event) => (seen.events.push(event), options.onEvent?.(event, stop)),
    onState: (state) => (seen.states.push(state), options.onState?.(state)),
  })
  seen.stop = stop
  try {
    await settle()
    await act(seen)
  } finally {
    stop()
    await settle()
    mock.timers.reset()
  }
  return seen
}

// settle lets everything happen that does not wait for a timer.
async function settle() {
  for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
}

async function pass(seconds) {
  for (let n = 0; n < seconds * 10; n++) {
    mock.timers.tick(100)
    await settle()
  }
}

const caughtUp = { cursor: 'c1', roomId: 'a', caughtUp: {} }
const bye = (advice, more) => ({ cursor: 'c2', goodbye: { advice: `GOODBYE_ADVICE_${advice}`, ...more } })
const refusal = (status, error) => new Response(error ? JSON.stringify(error) : '<p>No.', { status })

test('a stream that is told all and ends, again and again, is not opened again at once', async () => {
  for (const end of [bye('RESUME_NOW'), bye('START_OVER'), bye('RESUME_AFTER', { retryAfter: '0s' }), bye('RESUME_AFTER')]) {
    const { attempts } = await play(Array.from({ length: 1000 }, () => [caughtUp, end]), () => pass(20))
    assert.ok(attempts.length >= 3 && attempts.length < 10, `${attempts.length} attempts in 20 s with ${JSON.stringify(end.goodbye)}`)
  }
})

test('a stream that has lasted is opened again at once', async () => {
  const { attempts } = await play([[caughtUp, bye('RESUME_NOW')], [caughtUp]], async (seen) => {
    await pass(12)
    seen.tell({ cursor: 'c3', heartbeat: {} })
    seen.tell(bye('RESUME_NOW'))
    await settle()
    await pass(0.1)
  })
  assert.equal(attempts.length, 3)
})

test('a stream that has lasted and falls silent is opened again soon', async () => {
  const failing = Array.from({ length: 5 }, () => refusal(503))
  const { attempts, states } = await play([...failing, [caughtUp]], async (seen) => {
    while (seen.attempts.length < 6) await pass(1)
    await pass(33)
  })
  assert.ok(states.includes('silent'))
  assert.equal(attempts.length, 7)
})

test('retry_after is waited for', async () => {
  const { attempts } = await play([[caughtUp, bye('RESUME_AFTER', { retryAfter: '3.5s' })]], () => pass(10))
  assert.deepEqual(attempts.map(({ at }) => at), [0, 3_500])
})

test('a cursor that is refused is dropped, and what is known with it', async () => {
  const none = refusal(400, { details: [{ reason: 'FIELD_INVALID' }, { fieldViolations: [{ field: 'last-event-id' }] }] })
  const { attempts, events, states } = await play([[caughtUp, bye('RESUME_NOW')], none], () => pass(5))
  assert.deepEqual(attempts.map(({ cursor }) => cursor), [undefined, 'c2', undefined])
  assert.equal(events.at(-1).goodbye.advice, 'GOODBYE_ADVICE_START_OVER')
  assert.equal(states.at(-1), 'open')
})

test('the room that was open is followed to its end, though another may be open then', async () => {
  const subscribed = { cursor: 'c0', subscribed: { roomIds: ['a'] } }
  const { attempts } = await play([[subscribed, caughtUp, bye('RESUME_NOW')], [subscribed]], () => pass(1))
  assert.deepEqual(attempts.map(({ rooms }) => rooms), [[], ['a']])
})

test('what another attempt would not change is the end', async () => {
  for (const status of [400, 401, 403, 404]) {
    const { attempts, events, states, listeners } = await play([[caughtUp, bye('RESUME_NOW')], refusal(status)], () => pass(20))
    assert.equal(attempts.length, 2)
    assert.equal(events.length, 2)
    assert.equal(states.at(-1), 'refused')
    assert.equal(listeners.size, 0)
  }
})

test('a silence is noticed even if the clock was set back', async () => {
  const { states } = await play([[caughtUp]], async () => {
    const now = Date.now
    Date.now = () => now() - 500_000
    await pass(61)
  })
  assert.ok(states.includes('silent'), states.join())
})

test('nothing is told or opened after stop', async () => {
  let stopped = await play([[caughtUp, caughtUp, caughtUp]], () => settle(), { onEvent: (_, stop) => stop() })
  assert.equal(stopped.events.length, 1)
  let stop
  stopped = await play([[caughtUp, bye('RESUME_NOW')], [caughtUp]], async (seen) => ((stop = seen.stop), await pass(5)), {
    onState: (state) => state === 'connecting' && stop?.(),
  })
  assert.equal(stopped.attempts.length, 1)
})

test('a message that comes back is shown', async () => {
  const message = { id: 'm', createTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' }
  const conversation = new Conversation()
  conversation.apply({ messageCreated: { message } })
  conversation.apply({ messageDeleted: { messageId: 'm' } })
  await conversation.addOlder('token', async () => ({ messages: [message] })) // on its way when it was deleted
  assert.deepEqual(conversation.list(), [])
  conversation.apply({ messageCreated: { message } })
  assert.deepEqual(conversation.list(), [message])
})
