package replay

import (
	"regexp"
	"strings"
)

// Rule is a reason for which something recorded and something of ours count as equal although they differ.
type Rule struct {
	Name string
	// Matches says in words what it is about.
	Matches string
	// Reason says why it cannot, or need not, be equal.
	Reason string

	header  string         // the header only has to be there
	form    *regexp.Regexp // two whole texts of this form are equal
	number  *regexp.Regexp // two numbers at such a path are equal
	value   *regexp.Regexp // whatever stands at such a path is equal
	text    *regexp.Regexp // a part of a text that is replaced on both sides
	drop    string         // frames with this msg are left out
	repeats *regexp.Regexp // in such a stream, a frame that says the same as the one before it is left out
}

// Rules is everything that is not compared by its value. The rules without a field of their own are built into the code that
// they name.
var Rules = []Rule{
	{Name: "ids", Matches: "17 characters of Meteor's alphabet, 34 for a direct room, 24 hex digits, tokens of 43 characters, guest-N",
		Reason: "random; equal when each stands for the same recorded one everywhere, see names"},
	{Name: "dates", Matches: "ISO dates, {\"$date\": ms}", Reason: "the time of the replay; only the order inside a list of messages must be kept, and 1970 is 1970"},
	{Name: "ties", Matches: "neighbours in a list or stream, written within 5 ms", Reason: "real servers write \"connected\" and \"uj\" at once, and send them in another order to each subscriber; see breakTies"},
	{Name: "jwt", Matches: "eyJ...", Reason: "signed; the claims are compared, and how long they hold, see grants"},
	{Name: "http dates", Matches: "Sat, 21 Nov 2026 02:51:39 GMT", Reason: "the time of the replay",
		form: regexp.MustCompile(`^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$`)},
	{Name: "epochs", Matches: "1795224883053 as a number under ts or server_ts, or as a whole text", Reason: "dates of chat.postMessage, chat.delete and ephemeral messages, in milliseconds",
		form: regexp.MustCompile(`^\d{13}$`), number: regexp.MustCompile(`^(\.details\.server_|\.)ts$`)},
	{Name: "uids", Matches: "lists named uids", Reason: "sorted by ids, which are random; compared as a set, see inOrderOf"},
	{Name: "date header", Matches: "header date", Reason: "the time of the replay", header: "date"},
	{Name: "rate limit reset", Matches: "header x-ratelimit-reset", Reason: "the end of a window, in milliseconds", header: "x-ratelimit-reset"},
	{Name: "etag", Matches: "header etag", Reason: "made from sizes and times", header: "etag"},
	{Name: "wait", Matches: "\"wait 12 seconds\"", Reason: "what is left of a limiter's window",
		text: regexp.MustCompile(`wait \d+ seconds`)},
	{Name: "host", Matches: "localhost:3034", Reason: "the address of the server",
		text: regexp.MustCompile(`\b(localhost|127\.0\.0\.1):\d+`)},
	{Name: "password hash", Matches: "$2b$10$...", Reason: "salted", form: regexp.MustCompile(`^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$`)},
	{Name: "token hash", Matches: "44 characters of base64", Reason: "hash of a random token", form: regexp.MustCompile(`^[A-Za-z0-9+/]{43}=$`)},
	{Name: "durations", Matches: "metrics.*.{avg,ft,tt}, timeToReset, chatDuration, serviceTimeDuration",
		Reason: "time that passed", number: regexp.MustCompile(`\.(avg|ft|tt|timeToReset|chatDuration|serviceTimeDuration)$`)},
	{Name: "entropy", Matches: "entropy of GET sockjs/info", Reason: "random", number: regexp.MustCompile(`^\.entropy$`)},
	{Name: "images", Matches: "image_dimensions, image_preview, image_size", Reason: "the recorded servers had a stand-in for the image library",
		value: regexp.MustCompile(`\.(image_dimensions|image_preview|image_size)\b`)},
	{Name: "html", Matches: "bodies with content type text/html", Reason: "the web application's pages are not rebuilt; status and type are compared"},
	{Name: "pings", Matches: "DDP ping", Reason: "timing only; where a scenario is about them they must come, see heartbeat", drop: "ping"},
	{Name: "room repeats", Matches: "consecutive equal frames of rooms-changed", Reason: "the number of repeats comes from the recorded database",
		repeats: regexp.MustCompile(`^stream-notify-user/.*/rooms-changed`)},
	{Name: "inquiry repeats", Matches: "consecutive equal frames of the inquiry queue", Reason: "the number of repeats comes from the recorded database; 6.5.3 sends each twice where two subs match",
		repeats: regexp.MustCompile(`^stream-livechat-inquiry-queue-observer/`)},
	{Name: "bursts", Matches: "a frame of rooms-changed or of the inquiry queue that was not recorded, with a later one about the same document; " +
		"of subscriptions-changed with a later one within a second",
		Reason: "after several changes in a row, the recorded servers told of the last only, as often as it had changed; see superseded"},
	{Name: "last second", Matches: "a frame that was not recorded, caused within a second of the client's leaving, at the end of a stream",
		Reason: "frames of the recorded servers came up to a second late; see late"},
	{Name: "JSON in a text", Matches: "a text that is a JSON object, as method.call answers", Reason: "compared as the object that it is"},
	{Name: "one by one", Matches: "ready with several subs, updated with several methods", Reason: "how many fit in one frame is timing; each is compared for itself"},
}

// neutralText writes the parts of a text that rules replace in one way.
func neutralText(text string) string {
	for _, r := range Rules {
		if r.text != nil && r.text.MatchString(text) {
			text = r.text.ReplaceAllLiteralString(text, "<"+r.Name+">")
		}
	}
	return text
}

func sameForm(want, got string) bool {
	for _, r := range Rules {
		if r.form != nil && r.form.MatchString(want) && r.form.MatchString(got) {
			return true
		}
	}
	return false
}

func freeNumber(path string) bool {
	for _, r := range Rules {
		if r.number != nil && r.number.MatchString(path) {
			return true
		}
	}
	return false
}

func freeValue(path string) bool {
	for _, r := range Rules {
		if r.value != nil && r.value.MatchString(path) {
			return true
		}
	}
	return false
}

func freeHeader(name string) bool {
	for _, r := range Rules {
		if r.header == strings.ToLower(name) && r.header != "" {
			return true
		}
	}
	return false
}

func dropped(msg string) bool {
	for _, r := range Rules {
		if r.drop != "" && r.drop == msg {
			return true
		}
	}
	return false
}

func mayRepeat(stream string) bool {
	for _, r := range Rules {
		if r.repeats != nil && r.repeats.MatchString(stream) {
			return true
		}
	}
	return false
}
