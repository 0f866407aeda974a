package core

import "time"

// The refusals of taking.
var (
	errTakerIsStranger = &Fault{Code: "error-not-allowed", Reason: "Invalid User", Details: doc{"method": takeMethod}}
	errTakerNotAllowed = &Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": takeMethod}}
	errTakenOldStyle   = &Fault{Code: "error-not-allowed", Reason: "Inquiry already taken", Details: doc{"method": takeMethod}}
	errNoInquiry       = &Fault{Code: "error-not-found", Reason: "Inquiry not found", Details: doc{"method": takeMethod}}
	errTakenAlready    = &Fault{Code: "error-inquiry-taken", Reason: "Inquiry already taken", Details: doc{"method": takeMethod}}
	errTakerOffline    = &Fault{
		Code: "error-agent-status-service-offline", Reason: "Agent status is offline or Omnichannel service is not active",
		Details: doc{"method": takeMethod},
	}
)

const takeMethod = "livechat:takeInquiry"

// takeStep is how long a taker stops between looking, writing that he serves, and greeting.
const takeStep = 10 * time.Millisecond

// TakeInquiry gives a queued room to an agent and answers the room as it is in the end. Real servers look and write without a lock:
// all who look before somebody has written get the room, and the last one serves it. So the workspace, which the caller has locked,
// is given to others in between.
func (c *Core) TakeInquiry(a *User, inquiryID string) (Doc, error) {
	q, err := c.takable(a, inquiryID)
	if err != nil {
		return nil, err
	}
	if c.giveWay(); c.userByID(a.ID) != a || c.rooms[q.room.id] != q.room { // removed meanwhile, or another state was loaded
		return nil, errNoInquiry
	}
	if r := q.room; r.open && r.servedBy != a { // closed meanwhile, or his already, it stays as it is
		c.seat(r, a, r.department)
		c.giveWay()
		c.greet(r, a)
	}
	return q.room.document(c.Facts), nil
}

// giveWay lets others in. What waits to be told when the request is over goes on waiting.
func (c *Core) giveWay() {
	c.Mutex.Unlock() // not c.Unlock, which would tell
	time.Sleep(takeStep)
	c.Lock()
}

// takable is the inquiry if the agent may take it.
func (c *Core) takable(a *User, inquiryID string) (*inquiry, error) {
	q := c.inquiryByID(inquiryID)
	switch {
	case a == nil && !c.Facts.oneTakeError:
		return nil, errTakerIsStranger
	case !c.May(a, "view-l-room"):
		return nil, errTakerNotAllowed
	case c.Facts.oneTakeError && (q == nil || q.status == taken):
		return nil, errTakenOldStyle
	case q == nil:
		return nil, errNoInquiry
	case q.status == taken:
		return nil, errTakenAlready
	case c.Facts.oneTakeError && !a.mayTake():
		return nil, errTakerNotAllowed
	case !c.Facts.oneTakeError && !c.servesNow(a):
		return nil, errTakerOffline
	}
	return q, nil
}

// mayTake is the older test, which is not about the role.
func (u *User) mayTake() bool {
	return u.has(RoleBot) || u.status != Offline && u.livechat == available
}

// servesNow is the test of taking and of departments: absent agents pass where the workspace lets idle agents serve (rest-agent C.2).
func (c *Core) servesNow(u *User) bool {
	if c.flag("Livechat_enabled_when_agent_idle") {
		return u.isAgent() && !u.deactivated && u.livechat == available
	}
	return u.online() && u.status != Away
}
