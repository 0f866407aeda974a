package rocketchat

import (
	"regexp"
	"strings"
)

// The codes that Error.Code holds after normalisation. Upstream has more; one that is not listed here passes as it came.
const (
	CodeInvalidToken      = "invalid-token"       // no such visitor
	CodeInvalidRoom       = "invalid-room"        // no such room, or another visitor's; when opening by id also a closed one
	CodeInvalidMessage    = "invalid-message"     // no such message in that room
	CodeInvalidParams     = "invalid-params"      // the request's shape was refused; Text says which field
	CodeInvalidEmail      = "error-invalid-email" // not of the shape x@y
	CodeInvalidDepartment = "error-invalid-department"
	CodeEmptyToken        = "error-invalid-token" // a blank visitor token
	CodeRoomClosed        = "room-closed"
	CodeRoomMoved         = "room-moved" // ours: the message is stored, but in another room; see Client.SendMessage
	CodeNotStored         = "not-stored" // ours: the id is in use, or an app vetoed; see Client.SendMessage
	CodeNoAgentOnline     = "no-agent-online"
	CodeLivechatDisabled  = "error-omnichannel-is-disabled"
	CodeCloseNotAllowed   = "error-not-allowed-to-close-conversation"
	CodeMessageTooLong    = "message-length-exceeds-character-limit"
	CodeActionNotAllowed  = "error-action-not-allowed"
	CodeContactBlocked    = "error-contact-channel-blocked"
	CodeTooManyRequests   = "error-too-many-requests"
)

// knownCodes are the codes that may become a label of a metric.
var knownCodes = map[string]bool{
	CodeInvalidToken: true, CodeInvalidRoom: true, CodeInvalidMessage: true, CodeInvalidParams: true, CodeInvalidEmail: true,
	CodeInvalidDepartment: true, CodeEmptyToken: true, CodeRoomClosed: true, CodeRoomMoved: true, CodeNotStored: true,
	CodeNoAgentOnline: true, CodeLivechatDisabled: true, CodeCloseNotAllowed: true, CodeMessageTooLong: true,
	CodeActionNotAllowed: true, CodeContactBlocked: true, CodeTooManyRequests: true,
}

// synonyms maps upstream's other spellings of one meaning to the code of this package, beside where each was seen.
var synonyms = map[string]string{
	"cannot-access-room":             CodeInvalidRoom,     // 3.4.0 room-message: GET livechat/room with a foreign rid
	"error-invalid-room":             CodeInvalidRoom,     // rest-visitor 7.5
	"error-room-closed":              CodeRoomClosed,      // rest-visitor 5.2, a lost race
	"error-invalid-params":           CodeInvalidParams,   // rest-visitor 1.3, typed routes of 7.x
	"error-token-param-not-provided": CodeInvalidParams,   // 3.4.0 room-message: history without token
	"Match.Error":                    CodeInvalidParams,   // rest-visitor 1.3, Meteor's check in dialect A
	"too-many-requests":              CodeTooManyRequests, // realtime 13, trap 13
}

// phrases maps upstream texts that come without any code.
var phrases = map[string]string{
	"Cannot convert undefined or null to object": CodeNotStored,     // 6.5.3 message: an id used twice; rest-visitor 6.1
	"Invalid query parameters":                   CodeInvalidParams, // rest-visitor 1.3
}

// checkFailure begins the text of Meteor's argument check, which has no code in dialects B and C (rest-visitor 1.3).
const checkFailure = "Match error: "

var (
	// spacedCode is how an errorType may look beside: "invalid email" is one (rest-visitor 7.5).
	spacedCode    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_. -]{1,79}$`)
	bareCode      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{1,79}$`)
	bracketedCode = regexp.MustCompile(`(?s)^(.*?)\s*\[([^\[\]]+)\]$`)
)

// normalise makes a code and a text for people from the words of a failure: errorType, error, reason and message as far as the
// answer has them, in any dialect (rest-visitor 1.2). The code is empty where upstream's words are only for people.
func normalise(errorType, code, reason, message string) (string, string) {
	text := firstOf(reason, message, code)
	if m := bracketedCode.FindStringSubmatch(text); m != nil {
		text = m[1]
	}
	if errorType == "Meteor.Error" || errorType == "Match.Error" && code != "" {
		errorType = ""
	}
	words := firstOf(errorType, code, reason, message)
	if m := bracketedCode.FindStringSubmatch(words); m != nil {
		words = m[2]
	}
	switch {
	case synonyms[words] != "":
		return synonyms[words], text
	case phrases[words] != "":
		return phrases[words], text
	case strings.HasPrefix(words, checkFailure), strings.HasPrefix(text, checkFailure):
		return CodeInvalidParams, text
	case bareCode.MatchString(words), words == errorType && spacedCode.MatchString(words):
		return words, text
	default:
		return "", text
	}
}

func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
