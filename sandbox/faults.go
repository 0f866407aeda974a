package sandbox

// fault is an error of the domain, before REST or DDP gives it a shape.
type fault struct {
	code    string
	reason  string // human text; many codes have none
	details doc
	plain   bool // thrown without a code by versions with structured errors: the body has no errorType
	mute    bool // the older version answers a bare failure
}

func (f *fault) Error() string {
	if f.reason == "" {
		return "[" + f.code + "]"
	}
	return f.reason + " [" + f.code + "]"
}

// What the routes of this package refuse with. Which form a code takes depends on the route: the visitor routes throw
// coded errors, the room and message routes plain ones (recorded in 6.5.3).
var (
	errUnknownVisitor = &fault{code: "invalid-token"}
	errInvalidToken   = &fault{code: "invalid-token", plain: true}
	errInvalidRoom    = &fault{code: "invalid-room", plain: true}
	errRoomClosed     = &fault{code: "room-closed", plain: true}
	errInvalidMessage = &fault{code: "invalid-message", plain: true}
	errForeignRoom    = &fault{code: "cannot-access-room"}
	errTooLong        = &fault{code: "message-length-exceeds-character-limit", plain: true}
	errDisabled       = &fault{code: "error-omnichannel-is-disabled"}
	errNoAgentOnline  = &fault{code: "no-agent-online", reason: "Sorry, no online agents"}
	errDepartment     = &fault{code: "error-invalid-department", reason: "The provided department is invalid"}
	errNoTokenParam   = &fault{code: "error-token-param-not-provided", reason: `The required "token" query param is missing.`}
	errEditing        = &fault{code: "error-action-not-allowed", reason: "Message editing not allowed",
		details: doc{"method": "livechatUpdateMessage"}, plain: true}
	errDeleting = &fault{code: "error-action-not-allowed", reason: "Message deleting not allowed",
		details: doc{"method": "livechatDeleteMessage"}, plain: true}
	errDuplicateID = &fault{code: "Cannot convert undefined or null to object", plain: true, mute: true}
)

func errEmail(address string) *fault {
	return &fault{code: "error-invalid-email", reason: "Invalid email " + address,
		details: doc{"function": "Livechat.validateEmail", "email": address}}
}

func errNotifyAll(whom string) *fault {
	action := "Notify " + whom + " in this room"
	return &fault{code: "error-action-not-allowed", reason: action + " not allowed", details: doc{"action": action}}
}
