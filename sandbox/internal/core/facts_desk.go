package core

// DeskFacts are about the agents' side of livechat: queue, rooms, departments.
type DeskFacts struct {
	queueOrder         bool // inquiries carry queueOrder and estimatedServiceTimeAt, newer ones source and the moments of queueing and taking
	oneTakeError       bool // every refused take is error-not-allowed
	TakeTellsRoom      bool // taking answers the room
	emptyQueueFails    bool // putting a room into the queue of a department without agents fails after it is done
	departmentChecked  bool // a transfer to an unknown department is refused before anything changes
	offlineTargetFails bool // automatic transfer to a department where nobody is online is an error, else just not done
	closeKeepsOthers   bool // closing ends the serving agent's membership only
	closeNeedsComment  bool // Livechat_request_comment_when_closing_conversation is looked at by the server
	closeNeedsTags     bool // so is the department's requestTagBeforeClosingChat
	emptyTags          bool // a closed room has tags even if there are none
	visitorInactivity  bool // a room closed by an agent tells how long the visitor had not answered
	departmentEnabled  bool // memberships of departments carry departmentEnabled
	BareDepartmentSave bool // creating a department answers nothing of it, and changing one answers a failure after having changed it
	departmentReplaced bool // a saved list of agents is the whole list
	oneDepartment      bool // the community edition makes one department only
	agentDepartments   bool // the list of agents tells their departments, and knows filters
	OldRoomFilters     bool // livechat/rooms checks its parameters itself, ignores unknown ones, and reads roomName as a regular expression
	roomsForOwner      bool // an agent may list his own rooms
	QueuedRooms        bool // livechat/rooms knows queued, and open means served
	RightsInside       bool // most routes look at rights in their handler, which says error-not-authorized
	TakePermission     string
	NewestQueuedFirst  bool // the queue of an agent is told newest first
	CloseAnswersTrue   bool // DDP's livechat:closeRoom answers true
	StatusAnswersCount bool // DDP's livechat:changeLivechatStatus answers how many users it changed
	hold               bool // agents put rooms on hold (since 3.13, with a licence)
	Deprecates         bool // routes that will go announce it in headers
}

var deskFacts = map[Profile]DeskFacts{
	V3_4: {
		queueOrder: true, oneTakeError: true, TakeTellsRoom: true, emptyQueueFails: true, closeKeepsOthers: true,
		emptyTags: true, visitorInactivity: true, BareDepartmentSave: true, OldRoomFilters: true,
		departmentReplaced: true,
		RightsInside:       true, TakePermission: "view-livechat-manager", NewestQueuedFirst: true, CloseAnswersTrue: true, StatusAnswersCount: true,
	},
	V6_5: desk6,
	// The parameters fields and query are ignored since the release of 7.0, without a word (rest-agent F.5).
	V7_0: with(desk6, func(f *DeskFacts) { f.QueuedRooms, f.Deprecates = true, false }),
}

var desk6 = DeskFacts{
	departmentChecked: true, offlineTargetFails: true, closeNeedsComment: true,
	closeNeedsTags: true, departmentEnabled: true, oneDepartment: true, hold: true,
	agentDepartments: true, roomsForOwner: true, TakePermission: "view-l-room", Deprecates: true,
}
