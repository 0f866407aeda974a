// The page of the test: it shows a conversation, and keeps it true.
import { Conversation } from './conversation.mjs'
import { follow } from './stream.mjs'

// The test calls start, and reads seen.
window.seen = { states: [], kinds: {}, resets: [], faults: [] }
addEventListener('error', (e) => window.seen.faults.push(String(e.error ?? e.message)))
addEventListener('unhandledrejection', (e) => window.seen.faults.push(String(e.reason)))

window.start = ({ service, token, room, heartbeat }) => {
  const conversation = new Conversation()
  follow({
    service,
    token: () => token,
    rooms: [room],
    heartbeat,
    onState: (state) => {
      window.seen.states.push(state)
      document.querySelector('#state').textContent = state
    },
    onEvent: (event) => {
      note(event)
      conversation.apply(event)
      show(conversation)
      const older = event.caughtUp?.olderPageToken
      if (older) untilItWorks(() => conversation.addOlder(older, fetchPage)).then(() => show(conversation))
    },
  })

  async function fetchPage(pageToken) {
    const query = new URLSearchParams({ pageSize: 100, pageToken })
    const response = await fetch(`${service}/v1/rooms/${room}/messages?${query}`, { headers: { Authorization: `Bearer ${token}` } })
    if (!response.ok) throw new Error(`older messages: ${response.status}`)
    return response.json()
  }
}

function note(event) {
  const kind = Object.keys(event).find((key) => !['cursor', 'roomId', 'eventTime', 'replayed'].includes(key))
  window.seen.kinds[kind] = (window.seen.kinds[kind] ?? 0) + 1
  if (event.reset) window.seen.resets.push(event.reset.cause)
}

let drawing = 0

// show draws what is known now, once for all events that came together. A hidden tab draws when it comes back.
function show(conversation) {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0
    draw(conversation)
  })
}

function draw(conversation) {
  const items = conversation.list().map((message) => {
    const item = document.createElement('li')
    item.id = message.id
    item.textContent = message.text
    return item
  })
  document.querySelector('#messages').replaceChildren(...items)
}

// untilItWorks tries again every two seconds.
async function untilItWorks(attempt) {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2_000))
    }
  }
}
