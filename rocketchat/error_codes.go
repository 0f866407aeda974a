package rocketchat

import (
	"regexp"
	"strings"
)

// The codes that Error.Code holds after normalisation. Upstream has more; one that is not listed here passes as it came. Those marked
// as ours stand where upstream has no code, or uses one code for several meanings.
const (
	CodeInvalidToken      = "invalid-token"       // no such visitor
	CodeInvalidRoom       = "invalid-room"        // no such room, or another visitor's; when opening by id also a closed one
	CodeInvalidMessage    = "invalid-message"     // no such message in that room
	CodeInvalidParams     = "invalid-params"      // the request's shape was refused; Text says which field
	CodeInvalidEmail      = "error-invalid-email" // not of the shape x@y, or a host without mail
	CodeInvalidDepartment = "error-invalid-department"
	CodeEmptyToken        = "error-invalid-token" // a blank visitor token
	CodeTooManyRequests   = "error-too-many-requests"

	CodeHasOpenRooms       = "visitor-has-open-rooms"           // the visitor cannot be deleted
	CodeInvalidCustomField = "invalid-custom-field"             // no such custom field
	CodeInvalidFieldValue  = "error-invalid-custom-field-value" // a custom field's value breaks the field's pattern
	CodeFieldKept          = "custom-field-kept"                // ours: no value was stored; see Client.SetCustomField

	CodeRoomClosed       = "room-closed"
	CodeNoAgentOnline    = "no-agent-online"
	CodeAgentNotFound    = "agent-not-found" // nobody serves the room, or nobody would get the next one
	CodeLivechatDisabled = "error-omnichannel-is-disabled"
	CodeCloseNotAllowed  = "error-not-allowed-to-close-conversation"
	CodeCloseRaced       = "error-room-cannot-be-closed-try-again" // somebody else changes the room at this moment
	CodeContactBlocked   = "error-contact-channel-blocked"
	CodeSameDepartment   = "error-forwarding-chat-same-department" // the room is in that department already
	CodeNotTransferred   = "not-transferred"                       // ours: the room is closed, or nobody could take it
	CodeInvalidSurvey    = "invalid-data"                          // none of the answers names an item and a value of the survey
	CodeMailNotSent      = "mail-not-sent"                         // ours: a transcript or an offline message; upstream does not say why

	CodeRoomMoved        = "room-moved" // ours: the message is stored, but in another room; see Client.SendMessage
	CodeNotStored        = "not-stored" // ours: the id is in use, or an app vetoed; see Client.SendMessage
	CodeMessageTooLong   = "message-length-exceeds-character-limit"
	CodeActionNotAllowed = "error-action-not-allowed" // @all or @here in a message
	CodeMessageLocked    = "message-locked"           // ours: error-action-not-allowed, said of an edit or a deletion

	CodeUploadDisabled      = "error-file-upload-disabled"
	CodeUploadUnauthorized  = "unauthorized" // an upload: no such visitor, or the room is unknown, another visitor's, or closed
	CodeFileTooLarge        = "error-file-too-large"
	CodeFileTypeNotAllowed  = "error-type-not-allowed"
	CodeFileEmpty           = "file-too-small"
	CodeFileNotFound        = "file-not-found"        // ours: a download answered 404
	CodeFileLocked          = "file-locked"           // ours: a download answered 403
	CodeRangeNotSatisfiable = "range-not-satisfiable" // ours: a download answered 416
)

// knownCodes are the codes that may become a label of a metric.
var knownCodes = func() map[string]bool {
	known := make(map[string]bool)
	for _, code := range []string{
		CodeInvalidToken, CodeInvalidRoom, CodeInvalidMessage, CodeInvalidParams, CodeInvalidEmail, CodeInvalidDepartment,
		CodeEmptyToken, CodeTooManyRequests,
		CodeHasOpenRooms, CodeInvalidCustomField, CodeInvalidFieldValue, CodeFieldKept,
		CodeRoomClosed, CodeNoAgentOnline, CodeAgentNotFound, CodeLivechatDisabled, CodeCloseNotAllowed, CodeCloseRaced,
		CodeContactBlocked,
		CodeSameDepartment, CodeNotTransferred, CodeInvalidSurvey, CodeMailNotSent,
		CodeRoomMoved, CodeNotStored, CodeMessageTooLong, CodeActionNotAllowed, CodeMessageLocked,
		CodeUploadDisabled, CodeUploadUnauthorized, CodeFileTooLarge, CodeFileTypeNotAllowed, CodeFileEmpty,
		CodeFileNotFound, CodeFileLocked, CodeRangeNotSatisfiable,
	} {
		known[code] = true
	}
	return known
}()

// synonyms maps upstream's other spellings of one meaning to the code of this package, beside where each was seen.
var synonyms = map[string]string{
	"cannot-access-room":                              CodeInvalidRoom,        // 3.4.0 room-message: GET livechat/room with a foreign rid
	"error-invalid-room":                              CodeInvalidRoom,        // rest-visitor 7.5
	"error-room-closed":                               CodeRoomClosed,         // rest-visitor 5.2, a lost race
	"error-tags-must-be-assigned-before-closing-chat": CodeCloseNotAllowed,    // rest-visitor 5.2: a visitor has no tags to give
	"error-invalid-guest":                             CodeInvalidToken,       // rest-visitor 4.3, the visitor was deleted meanwhile
	"error-invalid-params":                            CodeInvalidParams,      // rest-visitor 1.3, typed routes of 7.x
	"error-token-param-not-provided":                  CodeInvalidParams,      // 3.4.0 room-message: history without token
	"Match.Error":                                     CodeInvalidParams,      // rest-visitor 1.3, Meteor's check in dialect A
	"too-many-requests":                               CodeTooManyRequests,    // realtime 13, trap 13
	"invalid email":                                   CodeInvalidEmail,       // rest-visitor 7.5; 6.5.3 misc-livechat "transcript bad email"
	"error-invalid-email-address":                     CodeInvalidEmail,       // rest-visitor 7.3; 3.4.0 config-offline "offline.message ok"
	"invalid-agent":                                   CodeAgentNotFound,      // rest-visitor 7.1, a room in the queue
	"no-agent-available":                              CodeNoAgentOnline,      // 3.4.0 room-message "transfer bad dept"
	"error-no-agents-online-in-department":            CodeNoAgentOnline,      // rest-visitor 5.3
	"error-transferring-inquiry":                      CodeNotTransferred,     // rest-visitor 5.3
	"error-app-prevented-updating":                    CodeMessageLocked,      // rest-visitor 6.3
	"error-invalid-from-address":                      CodeMailNotSent,        // rest-visitor 7.5
	"forbidden":                                       CodeUploadUnauthorized, // rest-visitor 8.1, 8.0
	"error-size-not-allowed":                          CodeFileTooLarge,       // rest-visitor 8.1, below 5.4; 3.4.0 room-message "upload too large"
	"invalid-file":                                    CodeFileTypeNotAllowed, // rest-visitor 8.1, the store's filter
	"invalid-field":                                   CodeInvalidParams,      // rest-visitor 8.1, a file part of another name
	"No file uploaded":                                CodeInvalidParams,      // rest-visitor 8.1; 6.5.3 upload "no file part"
	"error-no-file":                                   CodeInvalidParams,      // rest-visitor 8.1, newer
	"error-too-many-files":                            CodeInvalidParams,      // rest-visitor 8.1, newer
}

// phrases maps upstream texts that come without any code.
var phrases = map[string]string{
	"Cannot convert undefined or null to object":              CodeNotStored,     // 6.5.3 message: an id used twice; rest-visitor 6.1
	"Invalid query parameters":                                CodeInvalidParams, // rest-visitor 1.3
	"Cannot read property 'livechatData' of undefined":        CodeFieldKept,     // custom.field of rooms, kept, without an open room: read in source
	"Cannot read property 'livechatData' of null":             CodeFieldKept,     // the same, 4.0 to 6.x
	"Cannot read properties of null (reading 'livechatData')": CodeFieldKept,     // the same, on a newer Node.js
	"File required":          CodeInvalidParams, // 3.4.0 room-message "upload no file"
	"Just 1 file is allowed": CodeInvalidParams, // 3.4.0 room-message "upload two files"
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
		return "", firstOf(text, words)
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
