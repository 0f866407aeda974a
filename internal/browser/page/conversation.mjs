// Conversation is what is known of one room. It takes the events of a stream, in any number of copies, and the pages of older messages.
export class Conversation {
  #messages = new Map() // by id
  #deleted = new Set() // ids, so that a page of older messages that was on its way does not bring one back
  #times = 0 // that everything was dropped

  // apply takes one event of the room, or of the stream itself.
  apply(event) {
    if (event.reset || event.goodbye?.advice === 'GOODBYE_ADVICE_START_OVER') this.#drop()
    if (event.messageCreated) {
      this.#deleted.delete(event.messageCreated.message.id) // what is told later is true
      this.#put(event.messageCreated.message)
    }
    if (event.messageUpdated) this.#put(event.messageUpdated.message)
    if (event.messageDeleted) {
      this.#messages.delete(event.messageDeleted.messageId)
      this.#deleted.add(event.messageDeleted.messageId)
    }
  }

  // addOlder asks for page after page of what came before the first message. fetchPage takes a page token and answers as
  // ListMessages does.
  async addOlder(token, fetchPage) {
    const times = this.#times
    while (token) {
      const page = await fetchPage(token)
      if (times !== this.#times) return // of a state that was dropped meanwhile; the new one has a token of its own
      for (const message of page.messages) this.#put(message)
      token = page.nextPageToken
    }
  }

  // list returns the messages in the order in which everybody sees them.
  list() {
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0)
    return [...this.#messages.values()].sort((a, b) => Date.parse(a.createTime) - Date.parse(b.createTime) || order(a.id, b.id))
  }

  // put keeps a message's newest state: what is read beside the stream may be older than what the stream has told.
  #put(message) {
    const known = this.#messages.get(message.id)
    if (this.#deleted.has(message.id) || (known && Date.parse(known.updateTime) > Date.parse(message.updateTime))) return
    this.#messages.set(message.id, message)
  }

  #drop() {
    this.#messages.clear()
    this.#deleted.clear()
    this.#times++
  }
}
