package core

// What the visitors' routes and methods refuse with, beside the refusals of fault.go.
var (
	errNoGuestRoom     = &Fault{Code: "Cannot read property 'token' of undefined", Plain: true, Mute: true} // a room without visitor
	errMayNotClose     = &Fault{Code: "error-not-allowed-to-close-conversation", Plain: true}
	errCustomField     = &Fault{Code: "invalid-custom-field", Plain: true}
	errBare            = &Fault{Code: "failed", Plain: true, Body: doc{"success": false}} // a failure without a reason
	errBroken          = &Fault{Code: "Internal server error", Plain: true, Mute: true}   // a mistake of the server's own
	errSurvey          = &Fault{Code: "invalid-data", Plain: true}
	errInvalidAgent    = &Fault{Code: "invalid-agent", Plain: true}
	errNoNextAgent     = &Fault{Code: "agent-not-found", Plain: true}
	errOpenRooms       = &Fault{Code: "visitor-has-open-rooms", Reason: "Cannot remove visitors with opened rooms"}
	errBlankToken      = &Fault{Code: "error-invalid-token", Reason: "Token cannot be empty", Details: doc{"method": "livechat/visitor"}}
	errTranscriptEmail = &Fault{Code: "invalid email"}
)

func errFieldValue(label string) *Fault {
	return &Fault{Code: "Invalid value for " + label + " field", Plain: true}
}
