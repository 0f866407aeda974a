package core

import "strings"

// OfflineMessage is what a visitor may leave while nobody is there.
type OfflineMessage struct{ Name, Email, Message, Department, Host string }

// The ways in which leaving a message fails.
var (
	errFormOff   = &Fault{Code: "error-offline-form-disabled", Plain: true}
	errBadDomain = &Fault{Code: "error-invalid-email-address", Reason: "Invalid email address",
		Details: doc{"method": "livechat:sendOfflineMessage"}}
)

// leaveMessage takes a visitor's offline message. The mail that a real server sends is not sent. Nor can domains be asked for: while
// Livechat_validate_offline_email is on, every address fails, as on the recorded servers, which had no internet.
func (c *Core) leaveMessage(in OfflineMessage) *Fault {
	switch {
	case !c.flag("Livechat_display_offline_form"):
		return errFormOff
	case c.flag("Livechat_validate_offline_email"):
		return errBadDomain
	case c.Facts.offlineShape && !strings.Contains(in.Email, "@"):
		return errFormOff
	}
	return nil
}

// LeaveMessage is POST livechat/offline.message. Since 6.4 the cause of a failure is not told (rest-visitor 7.3).
func (c *Core) LeaveMessage(in OfflineMessage) error {
	const failed = "Error sending Omnichannel offline message"
	switch f := c.leaveMessage(in); {
	case f == nil:
		return nil
	case f == errBadDomain && c.Facts.offlineReasons:
		return f
	case c.Facts.offlineReasons:
		return &Fault{Body: doc{"message": failed, "success": false}}
	}
	return &Fault{Code: failed, Plain: true}
}

// LeaveMessageQuietly is livechat:sendOfflineMessage. The older server answers whether it sent the mail; the newer one throws errors
// without their texts (recorded in both). The result is nil where there is none.
func (c *Core) LeaveMessageQuietly(in OfflineMessage) (any, error) {
	f := c.leaveMessage(in)
	switch {
	case c.Facts.offlineReasons && f == errBadDomain:
		return nil, f
	case c.Facts.offlineReasons:
		return f == nil, nil
	case f == errBadDomain:
		return nil, &Fault{Code: f.Code}
	case f != nil:
		return nil, f
	}
	return nil, nil
}
