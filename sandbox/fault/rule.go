package fault

import "time"

// Kind says what goes wrong. Package documentation has a table of them.
type Kind string

// Faults of HTTP requests, the websocket's handshake included.
const (
	Delay     Kind = "delay"
	Status    Kind = "status"
	HTML      Kind = "html"
	Truncate  Kind = "truncate"
	Lost      Kind = "lost"
	Reset     Kind = "reset"
	Hang      Kind = "hang"
	CloseRace Kind = "close-race"
)

// Refuse is the fault of new TCP connections.
const Refuse Kind = "refuse"

// Faults of frames that the server sends on a websocket.
const (
	Duplicate  Kind = "duplicate"
	Reorder    Kind = "reorder"
	Gap        Kind = "gap"
	DelayFrame Kind = "delay-frame"
)

// Ends of a websocket: in the place of a frame by a rule, or at once by Injector.Cut.
const (
	Drop     Kind = "drop"
	Close    Kind = "close"
	HalfOpen Kind = "half-open"
)

// Rule is one fault and when it happens. Its JSON form has the names below, durations as texts such as "250ms".
//
// A rule counts what it matches. It passes over the first After, then fires at every one, or at each Every-th, or at each
// with a Probability, until it has fired Times times or For is over.
type Rule struct {
	// ID names the rule and, with the injector's seed, decides its random stream. Add makes one up when it is empty.
	ID    string `json:"id,omitempty"`
	Kind  Kind   `json:"kind"`
	Match Match  `json:"match,omitzero"`

	After       int           `json:"after,omitempty"`
	Every       int           `json:"every,omitempty"`       // 3: the third, the sixth, …
	Probability float64       `json:"probability,omitempty"` // 0: always
	Times       int           `json:"times,omitempty"`       // 0: no end
	For         time.Duration `json:"-"`                     // since Add; 0: no end

	// Delay is how long a request or a frame waits. For Reorder it is how long a frame is held back for want of another,
	// a second unless told.
	Delay time.Duration `json:"-"`

	// Status is the answer of the kind Status, 400 to 599, with the body that Rocket.Chat or a proxy gives it.
	Status int `json:"status,omitempty"`
	// Body replaces the body of the kinds Status and HTML.
	Body string `json:"body,omitempty"`
	// Wait is how long a 429 tells the client to wait, 20 s unless told.
	Wait time.Duration `json:"-"`
	// NoLimitHeaders leaves a 429 without its X-RateLimit headers, as a proxy's would be.
	NoLimitHeaders bool `json:"noLimitHeaders,omitempty"`

	// Code and Reason are those of the close frame of the kind Close. Code is 1001, going away, unless told.
	Code   int    `json:"code,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Match says which requests or frames a rule is about. What is empty matches all. In every pattern * stands for any
// characters.
type Match struct {
	// Method is the verb of a request.
	Method string `json:"method,omitempty"`
	// Path is a pattern of a request's path, where :name stands for one segment:
	// "/api/v1/livechat/message*", "/api/v1/livechat/message/:_id", "/websocket".
	Path string `json:"path,omitempty"`

	// Message is a pattern of a frame's msg: "result", "*". Empty matches the data frames added, changed and removed alone,
	// never the answers to methods and subs.
	Message string `json:"message,omitempty"`
	// Collection is a pattern of a data frame's collection: "stream-room-messages".
	Collection string `json:"collection,omitempty"`
	// Event is a pattern of a data frame's eventName: "*/user-activity", or the id of a room.
	Event string `json:"event,omitempty"`
	// Connection is the number of a websocket, as Conn.Number tells it.
	Connection int `json:"connection,omitempty"`
}

// defaults fills what a rule leaves to its kind.
func (r Rule) defaults() Rule {
	if r.Kind == Reorder && r.Delay == 0 {
		r.Delay = time.Second
	}
	if r.Kind == Close && r.Code == 0 {
		r.Code = 1001
	}
	if r.Status == 429 && r.Wait == 0 {
		r.Wait = 20 * time.Second
	}
	return r
}
