package core

import "fmt"

// What the chat of users refuses with. The plain ones were thrown as texts, or are failures that a handler chose.
var (
	errUnauthorizedRoom = &Fault{Status: 403, Body: doc{"success": false, "error": "unauthorized"}}
	errChatRoom         = &Fault{Code: "error-invalid-room", Plain: true}
	errChatForbidden    = &Fault{Code: "error-not-allowed", Plain: true}
	errReadOnly         = &Fault{Code: "You can't send messages because the room is readonly.", Plain: true}
	errImpersonation    = &Fault{Code: "Not enough permission", Plain: true}
	errNoRID            = &Fault{Code: "The 'rid' property on the message object is missing.", Plain: true}
	errThreadShow       = &Fault{Code: "invalid-params", Plain: true}
	errThreadsOff       = &Fault{Code: "not-allowed", Reason: "not-allowed"}
	errMessageFields    = &Fault{Code: "Custom fields not enabled", Plain: true}
	errMessageSize      = &Fault{Code: "error-message-size-exceeded", Reason: "Message size exceeds Message_MaxAllowedSize",
		Details: doc{"method": "sendMessage"}}
	errNumberText  = &Fault{Code: "message.replace is not a function", Plain: true}
	errWrongRoom   = &Fault{Code: "The room id provided does not match where the message is from.", Plain: true}
	errEditRefused = &Fault{Code: "error-action-not-allowed", Reason: "Message editing not allowed",
		Details: doc{"method": "updateMessage", "action": "Message_editing"}}
	errEditBlocked = &Fault{Code: "error-message-editing-blocked", Reason: "Message editing is blocked",
		Details: doc{"method": "updateMessage"}}
	errForceDelete = &Fault{Code: `Unauthorized. You must have the permission "force-delete-message" to delete other's message as them.`,
		Plain: true}
	ErrNoSuchMessage = &Fault{Code: "error-message-not-found", Reason: `The provided "messageId" does not match any existing message.`}
	errEmoji         = &Fault{Code: "error-not-allowed", Reason: "Invalid emoji provided.", Details: doc{"method": "setReaction"}}

	errDirectUser      = &Fault{Code: "error-invalid-user", Reason: "Invalid user", Details: doc{"method": "createDirectMessage"}}
	errDirectForbidden = &Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "createDirectMessage"}}
	ErrNoChannel       = &Fault{Code: "invalid-channel"}
	errNotJoined       = &Fault{Code: "error-invalid-subscription", Reason: "Invalid subscription", Details: doc{"method": "readMessages"}}
	errNotJoinedPlain  = &Fault{Code: "error-invalid-subscription", Plain: true}

	// errRoomInfo is what rooms.info answers to one who may not see the room.
	errRoomInfo = &Fault{Body: doc{"success": false, "error": "not-allowed", "errorType": "Not Allowed"}, Code: "not-allowed"}
)

// errForeign is thrown by methods that read a room.
func errForeign(method string) *Fault {
	return &Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": method}}
}

// ErrRoomNotFound names what the caller looked for: "channel", "group" or "direct message", and by which keys.
func ErrRoomNotFound(keys, kind string) *Fault {
	return &Fault{Code: "error-room-not-found", Reason: "The required " + keys + " param provided does not match any " + kind}
}

const (
	byIDOrName     = `"roomId" or "roomName"`
	byIDOrUsername = `"roomId" or "username"`
)

func errMessageUnknown(id string) *Fault {
	return &Fault{Code: fmt.Sprintf("No message found with the id of %q.", id), Plain: true}
}

func errRoomName(name string) *Fault {
	return &Fault{Code: "error-invalid-room-name", Reason: name + " is not a valid room name.", Details: roomNameDetails(name)}
}

func errRoomNameTaken(name string) *Fault {
	return &Fault{Code: "error-duplicate-channel-name", Reason: "A channel with name '" + name + "' exists", Details: roomNameDetails(name)}
}

func roomNameDetails(name string) doc {
	return doc{"function": "RocketChat.getValidRoomName", "channel_name": name}
}

func (c *Core) errDirectTooMany() *Fault {
	return &Fault{
		Code:    "error-direct-message-max-user-exceeded",
		Reason:  fmt.Sprintf("You cannot add more than %d users, including yourself to a direct message", c.number("DirectMesssage_maxUsers")),
		Details: doc{"method": "createDirectMessage"},
	}
}
