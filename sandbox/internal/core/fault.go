package core

import "strconv"

// Fault is an error of the domain, before REST or DDP gives it a shape.
type Fault struct {
	Code    string
	Number  int    // the code, where it is a number
	Reason  string // human text; many codes have none
	Details doc
	Match   string // what Meteor's check found wrong, for REST; DDP says just "Match failed"
	Plain   bool   // thrown without a code by versions with structured errors: the body has no errorType
	Mute    bool   // the older version answers a bare failure
	Status  int    // of the REST answer where it is not 400
	Body    doc    // the whole REST body, where it follows no pattern
}

func (f *Fault) Error() string { return f.Raw()["message"].(string) }

// Raw is the error as Meteor serialises it.
func (f *Fault) Raw() Doc { return RawFault(f.code(), f.Reason, f.Details) }

// code is a text or a number.
func (f *Fault) code() any {
	if f.Number != 0 {
		return f.Number
	}
	return f.Code
}

// What the routes of this package refuse with. Which form a code takes depends on the route: the visitor routes throw
// coded errors, the room and message routes plain ones (recorded in 6.5.3).
var (
	ErrUnknownVisitor = &Fault{Code: "invalid-token"}
	errInvalidToken   = &Fault{Code: "invalid-token", Plain: true}
	errInvalidRoom    = &Fault{Code: "invalid-room", Plain: true}
	errRoomClosed     = &Fault{Code: "room-closed", Plain: true}
	errInvalidMessage = &Fault{Code: "invalid-message", Plain: true}
	errForeignRoom    = &Fault{Code: "cannot-access-room"}
	errTooLong        = &Fault{Code: "message-length-exceeds-character-limit", Plain: true}
	errDisabled       = &Fault{Code: "error-omnichannel-is-disabled"}
	errNoAgentOnline  = &Fault{Code: "no-agent-online", Reason: "Sorry, no online agents"}
	errDepartment     = &Fault{Code: "error-invalid-department", Reason: "The provided department is invalid"}
	ErrNoTokenParam   = &Fault{Code: "error-token-param-not-provided", Reason: `The required "token" query param is missing.`}
	errEditing        = &Fault{Code: "error-action-not-allowed", Reason: "Message editing not allowed",
		Details: doc{"method": "livechatUpdateMessage"}, Plain: true}
	errDeleting = &Fault{Code: "error-action-not-allowed", Reason: "Message deleting not allowed",
		Details: doc{"method": "livechatDeleteMessage"}, Plain: true}
	errDuplicateID = &Fault{Code: "Cannot convert undefined or null to object", Plain: true, Mute: true}
)

func errEmail(address string) *Fault {
	return &Fault{Code: "error-invalid-email", Reason: "Invalid email " + address,
		Details: doc{"function": "Livechat.validateEmail", "email": address}}
}

func errNotifyAll(whom string) *Fault {
	action := "Notify " + whom + " in this room"
	return &Fault{Code: "error-action-not-allowed", Reason: action + " not allowed", Details: doc{"action": action}}
}

// RawFault is an exception as Meteor serialises it, on DDP always and in old REST bodies. A code is a text or a number.
func RawFault(code any, reason string, details Doc) Doc {
	d := doc{"isClientSafe": true, "error": code, "errorType": "Meteor.Error"}
	label, isText := code.(string)
	if n, isNumber := code.(int); isNumber && !isText {
		label = strconv.Itoa(n)
	}
	d["message"] = "[" + label + "]"
	if reason != "" {
		d["reason"] = reason
		d["message"] = reason + " [" + label + "]"
	}
	if details != nil {
		d["details"] = details
	}
	return d
}

// NotPlayed refuses loudly what a real server does and the sandbox does not: a guess would hide that nobody has looked.
func NotPlayed(what string) *Fault {
	return &Fault{Number: 501, Reason: "sandbox: not implemented: " + what, Status: 501,
		Body: doc{"success": false, "error": "sandbox: not implemented", "what": what}}
}
